"""Calls to other systems on somebody's behalf: files to fetch, callbacks, integrations.

Whoever names the address is not trusted with this server's network. Each call goes through one guard: the address is
read strictly, its name is looked up once, every address that the name has is checked, and the connection goes to
exactly the address that was checked; each redirect goes through the same again. What is refused and why is in
docs/outgoing-calls.md.
"""

from botyard.upstream.answer import Answer, Headers
from botyard.upstream.failures import Failed, Refused, UpstreamError
from botyard.upstream.fetch import Upstream
from botyard.upstream.guard import Target, check_address, check_target, parse
from botyard.upstream.policy import Policy, check_pattern
from botyard.upstream.resolver import Resolver, SystemResolver

__all__ = [
    "Answer",
    "Failed",
    "Headers",
    "Policy",
    "Refused",
    "Resolver",
    "SystemResolver",
    "Target",
    "Upstream",
    "UpstreamError",
    "check_address",
    "check_pattern",
    "check_target",
    "parse",
]
