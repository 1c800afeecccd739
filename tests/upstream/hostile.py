"""Addresses that somebody might use to reach what they should not, by trick."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

#: Addresses that are not for everybody, at least one of each special-purpose range.
SPECIAL_4 = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.254",
    "127.0.0.1",
    "127.0.0.53",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.169.123",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.254",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.254",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
]
SPECIAL_6 = [
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "0000:0000:0000:0000:0000:0000:0000:0001",
    "::0001",
    "::127.0.0.1",
    "::7f00:1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::ffff:10.0.0.1",
    "::FFFF:192.168.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:0808:0808::1",
    "2620:4f:8000::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fdff:ffff::1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "ffff:ffff:ffff::1",
    "1::1",
    "0:0:0:0:0:ffff:127.0.0.1",
    "8000::1",
    "e000::1",
]
NAMES_OF_THIS_MACHINE = [
    "localhost",
    "LOCALHOST",
    "LocalHost",
    "localhost.",
    "localhost.localdomain",
    "foo.localhost",
    "ip6-localhost",
    "kubernetes.default.svc",
    "metadata.google.internal",
    "metadata",
    "127.0.0.1.nip.io",
    "169.254.169.254.nip.io",
    "localtest.me",
    "spoofed.example",
    "xn--lcalhost-k0a.example",
    "internal",
    "db",
    "redis",
    "host.docker.internal",
]


#: Malformed and misleading parts between `//` and the path.
AUTHORITIES = (
    *("", ":", ":80", ".", "..", "...", ". .", "-", "-a.example", "a-.example", "a..example", ".example", "*"),
    *("user@example.com", "user:pw@example.com", "@example.com", ":@example.com", "example.com@127.0.0.1"),
    *("127.0.0.1@example.com", "example.com:80@127.0.0.1:80", "example.com%40127.0.0.1", "a@b@c.example"),
    *("127.0.0.1 @example.com", "127.0.0.1:80\\@example.com", "example.com\\@127.0.0.1", "exa mple.com"),
    *("127.0.0.1%2f@example.com", "%31%32%37.0.0.1", "%6cocalhost", "example%2ecom", "example.com%00", "%"),
    *("example.com:0", "example.com:65536", "example.com:99999", "example.com:-1", "example.com:+80"),
    *(
        "example.com:80:80",
        "example.com:8o",
        "example.com: 80",
        "example.com:",
        "example.com:\u0668\u0660",
        "example.com:0x50",
    ),
    *(
        "example.com:22",
        "example.com:25",
        "example.com:465",
        "example.com:6379",
        "example.com:11211",
        "example.com:6000",
    ),
    *("example.com:000000080", "example.com:1e2", "example.com:8\u00b20"),
    *(
        "[",
        "]",
        "[]",
        "[::1",
        "::1]",
        "::1",
        "[::1]x",
        "[::1]:",
        "[::1]:x",
        "[::1%25lo]",
        "[::1%lo]",
        "[fe80::1%eth0]",
    ),
    *(
        "[fe80::1%25eth0]",
        "[127.0.0.1]",
        "[v1.fe80]",
        "[::1]]",
        "[[::1]]",
        "[::ffff:127.0.0.1",
        "[::g]",
        "[1::2::3]",
    ),
    *(
        "[::1]@example.com",
        "[0x7f.1]",
        "[::127.1]",
        "[::ffff:0x7f.0.0.1]",
        "[:::1]",
        "[example.com]",
        "[::\u0661]",
    ),
    *(
        "a" * 64 + ".example",
        "a." * 130 + "example",
        "exam_ple!.com",
        "exam$ple.com",
        "{host}",
        "$HOST",
        "`id`.example",
    ),
    *(
        "example.com<script>",
        'example.com"',
        "example.com'",
        "example.com|x",
        "example.com^",
        "example.com,a.example",
    ),
    *(
        "0x7f.1",
        "0x.0x.0",
        "1",
        "127.1",
        "127.0.1",
        "0",
        "00",
        "0x",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.1.1.1.1.",
    ),
    *("example.0x7f", "example.127", "example.0", "a.1", "127.0.0.1.1", "0177.1", "0000.1", "1..1"),
)


#: Texts that are no address of HTTP at all, or hide control characters.
WHOLE = (
    *(
        "",
        " ",
        "http",
        "http:",
        "http:/",
        "http://",
        "https://",
        "http:///",
        "http:////example.com",
        "//example.com",
    ),
    *(
        "example.com",
        "/etc/passwd",
        "http:example.com",
        "http:/example.com",
        "http:\\\\example.com",
        "http:/\\example.com",
    ),
    *(
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "ftp://example.com/",
        "gopher://127.0.0.1:6379/_INFO",
    ),
    *(
        "dict://127.0.0.1:11211/stats",
        "ldap://example.com/",
        "tftp://example.com/x",
        "ws://example.com/",
        "ssh://x",
    ),
    *(
        "jar:http://example.com!/",
        "data:text/plain,x",
        "javascript:alert(1)",
        "netdoc:///etc/passwd",
        "mailto:a@b.example",
    ),
    *(
        "unix:///var/run/docker.sock",
        "http+unix://%2fvar%2frun%2fdocker.sock/",
        "httpx://example.com/",
        "view-source:http://x",
    ),
    *(
        "HTTP//example.com",
        "h\u0442tp://example.com/",
        "\uff48ttp://example.com/",
        "url:http://example.com/",
        "url=http://a.example/",
    ),
    *(
        " http://example.com/",
        "\thttp://example.com/",
        "\nhttp://example.com/",
        "\ufeffhttp://example.com/",
        "http ://example.com/",
    ),
    *(
        "http://example.com/\r\nHost: 127.0.0.1",
        "http://example.com/\nX: y",
        "http://example.com/\rX",
        "http://example.com/\0",
    ),
    *(
        "http://example.com\r\n.evil.example/",
        "http://example.com\t/",
        "http://exam\nple.com/",
        "http://example.com/\x7f",
        "http://e\x00.com",
    ),
    *(
        "http://example.com/?a=\r\nSET x 1",
        "http://example.com/\x1b[0m",
        "http://example.com/\x85",
        "http://example.com/\u2028x",
    ),
    *(
        "http://example.com/a\\b",
        "http://example.com\\a",
        "http://example.com/\ud800",
        "http://example.com/" + "a" * 9000,
    ),
    *(
        "http://" + "a" * 100_000,
        "http://[" + ":" * 5000 + "]/",
        "http://" + "@" * 5000,
        "http://" + "." * 5000,
    ),
)


def spellings(address: str) -> Iterator[str]:
    """Yield forms of an IPv4 address that some programs understand."""
    a, b, c, d = map(int, address.split("."))
    whole = int(IPv4Address(address))
    yield str(whole)
    yield hex(whole)
    yield hex(whole).upper().replace("0X", "0X")
    yield f"0{whole:o}"
    yield f"0{a:o}.0{b:o}.0{c:o}.0{d:o}"
    yield f"{a:#x}.{b:#x}.{c:#x}.{d:#x}"
    yield f"{a}.{b}.{c * 256 + d}"
    yield f"{a}.{b * 65536 + c * 256 + d}"
    yield f"{a:03d}.{b:03d}.{c:03d}.{d:03d}" if min(a, b, c, d) < 100 else f"0{a}.{b}.{c}.{d}"
    yield f"{a}.{b}.{c}.{d}."
    yield f"{a}.{b}.{c}.{d}.."
    yield f"{a:#x}.{b}.0{c:o}.{d}"
    yield f"{whole + 2**32}"
    yield f"{a}.{b}.{c}.{d + 256}"


def unicode_spellings() -> Iterator[str]:
    """Yield hosts that become something else once a program has simplified their characters."""
    yield "①②⑦.⓪.⓪.①"
    yield "127。0。0。1"
    yield "127\uff0e0\uff0e0\uff0e1"
    yield "127\uff610\uff610\uff611"
    yield "\uff11\uff12\uff17.\uff10.\uff10.\uff11"
    yield "\u0661\u0662\u0667.\u0660.\u0660.\u0661"
    yield "\U0001d7cf\U0001d7d0\U0001d7d5.0.0.1"
    yield "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ"
    yield "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54"
    yield "loc\u00adalhost.example\u2024com"
    yield "example\uff0fcom"
    yield "example\uff20evil.example"
    yield "example.com\uff1a80"
    yield "e\u200dxample.com"
    yield "\u202eexample.com"
    yield "exam\u2100ple.com"
    yield "℡.example"
    yield "-\u00fc.example"
    yield "\u0301example.com"
    yield "\u00fc" * 300
    yield "\ud800.example"


def everything() -> list[str]:
    """Return every hostile address; none may be called by a policy that allows public hosts only."""
    urls = [f"http://{address}/" for address in SPECIAL_4]
    urls += [f"http://[{address}]/" for address in SPECIAL_6]
    urls += [
        f"http://{form}/" for address in ("127.0.0.1", "169.254.169.254", "10.0.0.1") for form in spellings(address)
    ]
    urls += [f"http://{name}/" for name in NAMES_OF_THIS_MACHINE]
    urls += [f"http://{host}/" for host in (*unicode_spellings(), *AUTHORITIES)]
    urls += [f"{scheme}://127.0.0.1:8080/healthz" for scheme in ("http", "https", "HTTP", "hTTps")]
    urls += list(WHOLE)
    return list(dict.fromkeys(urls))
