"""Which addresses are not for everybody: every special-purpose range of IPv4 and IPv6, in a table of our own.

`ipaddress.is_private` and its like change from one Python to the next, and none of them knows clouds' metadata.
Ranges are from IANA's special-purpose registries (RFC 6890 and its updates).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

#: Refused whatever a policy says: nothing that serves files, callbacks or an API is there.
_NEVER_4 = {
    "0.0.0.0/8": "this network",
    "169.254.0.0/16": "link-local, where clouds keep credentials",
    "192.0.0.0/24": "for protocols of the network itself",
    "192.0.2.0/24": "for documentation",
    "192.31.196.0/24": "for AS112 name servers",
    "192.52.193.0/24": "for multicast relays",
    "192.88.99.0/24": "for 6to4 relays",
    "192.175.48.0/24": "for AS112 name servers",
    "198.51.100.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved or broadcast",
    "100.100.100.200/32": "where a cloud keeps credentials",
    "168.63.129.16/32": "where a cloud keeps credentials",
}
_PRIVATE_4 = {
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by a provider's customers",
    "127.0.0.0/8": "this machine",
    "172.16.0.0/12": "private",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "for measurements",
}
_NEVER_6 = {
    "::/128": "nowhere",
    "::/96": "an IPv4 address in disguise",
    "::ffff:0:0/96": "an IPv4 address in disguise",
    "::ffff:0:0:0/96": "an IPv4 address in disguise",
    "64:ff9b:1::/48": "an IPv4 address in disguise",
    "100::/64": "nowhere",
    "2001::/23": "for protocols of the network itself",
    "2001:db8::/32": "for documentation",
    "2002::/16": "an IPv4 address in disguise",
    "2620:4f:8000::/48": "for AS112 name servers",
    "3fff::/20": "for documentation",
    "5f00::/16": "for segment routing",
    "fe80::/10": "link-local",
    "fec0::/10": "private, in a form long withdrawn",
    "ff00::/8": "multicast",
    "fd00:ec2::/112": "where a cloud keeps credentials",
    "fd20:ce::/112": "where a cloud keeps credentials",
    "fd00:42::/112": "where a cloud keeps credentials",
}
_PRIVATE_6 = {"::1/128": "this machine", "fc00::/7": "private"}
_GLOBAL_6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

# The order matters: this machine's IPv6 address lies in a range that is otherwise refused for good.
_TABLE_4 = [(IPv4Network(net), why, False) for net, why in _NEVER_4.items()]
_TABLE_4 += [(IPv4Network(net), why, True) for net, why in _PRIVATE_4.items()]
_TABLE_6 = [(IPv6Network("::1/128"), _PRIVATE_6["::1/128"], True)]
_TABLE_6 += [(IPv6Network(net), why, False) for net, why in _NEVER_6.items()]
_TABLE_6 += [(IPv6Network(net), why, True) for net, why in _PRIVATE_6.items()]


def objection(address: Address, *, allow_private: bool) -> str | None:
    """Return why `address` may not be called, in a few words; None when it may."""
    if isinstance(address, IPv4Address):
        return _in_table(_TABLE_4, address, allow_private=allow_private)
    if address.scope_id is not None:
        return "link-local"
    if address in _NAT64:
        # What an IPv6-only network makes of a public IPv4 host; private ones have no business there.
        inside = _in_table(_TABLE_4, IPv4Address(int(address) & 0xFFFFFFFF), allow_private=False)
        return inside and "an IPv4 address in disguise"
    found = _in_table(_TABLE_6, address, allow_private=allow_private)
    if found is not None or address in _GLOBAL_6 or allow_private:
        return found
    return "not in use"


def _in_table(
    table: list[tuple[IPv4Network, str, bool]] | list[tuple[IPv6Network, str, bool]],
    address: Address,
    *,
    allow_private: bool,
) -> str | None:
    for network, why, private in table:
        if address in network:
            return None if private and allow_private else why
    return None
