"""What one call may do."""

from __future__ import annotations

import msgspec

from botyard.base.exceptions import Invalid
from botyard.upstream.failures import Refused
from botyard.upstream.names import read_name


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What one call may do; kept as JSON beside calls that are made later.

    `hosts` lists the only hosts that may be called, each as `host` or `*.suffix`; empty means any public host. `ports`
    lists the only ports; empty means any that no well-known protocol other than HTTP uses. `max_bytes` bounds the
    answer after decompression. `timeout` bounds the whole call in seconds: name, connection, every redirect, and the
    last byte of the answer. `silence` bounds in seconds how long the other side may send nothing, or not be reached at
    all; 0 leaves it to `timeout`. `redirects` is how many are followed; 0 hands the redirect itself back.
    `keep_method` fails a call that a redirect would turn into another one, without what was sent.
    """

    allow_private: bool = False
    hosts: tuple[str, ...] = ()
    plain_http: bool = True
    ports: tuple[int, ...] = ()
    max_bytes: int
    timeout: float
    silence: float = 0
    redirects: int = 5
    same_origin_redirects: bool = False
    keep_method: bool = False

    def names(self, host: str) -> bool:
        """Return whether `hosts` lets a host through; `host` is as the guard has read it."""
        if not self.hosts:
            return True
        return any(
            host.endswith(entry[1:]) if entry.startswith("*.") else host == entry.rstrip(".").lower()
            for entry in map(str.lower, self.hosts)
        )


def check_pattern(text: str, *, field: str) -> str:
    """Return an entry for `Policy.hosts` as the guard compares it. Raises Invalid."""
    wild = text.startswith("*.")
    try:
        name = read_name(text[2:] if wild else text.strip("[]"))
    except Refused as refused:
        raise Invalid(
            f'"{text[:80]}" is not a host: {refused.reason}',
            hint="Write a host such as files.example.com, or *.example.com for all below it.",
            field=field,
        ) from None
    if wild and name.address is not None:
        raise Invalid(f'"{text[:80]}" mixes a pattern and an address.', hint="Write one address.", field=field)
    return f"*.{name.host}" if wild else name.host
