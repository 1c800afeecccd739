"""Calls of integrations: build the request, sign in, send it through the guard, and say what came back.

Whatever goes wrong on the way to the other system, or there, is an answer like any other, with a status and a reason;
only a caller's own mistakes and faults of this server are errors.
"""

from botyard.upstream.integration.accounts import CallerOf
from botyard.upstream.integration.calllog import excerpt
from botyard.upstream.integration.connecting import Connecting, probe
from botyard.upstream.integration.limits import Limits
from botyard.upstream.integration.oauth import OauthFailed
from botyard.upstream.integration.outcome import Outcome, ascii_json, failure
from botyard.upstream.integration.policies import Bounds
from botyard.upstream.integration.switchboard import LAST_SECONDS, Batch, Switchboard
from botyard.upstream.integration.wanted import File, Unfit, Wanted, check_method, checked_headers

__all__ = [
    "LAST_SECONDS",
    "Batch",
    "Bounds",
    "CallerOf",
    "Connecting",
    "File",
    "Limits",
    "OauthFailed",
    "Outcome",
    "Switchboard",
    "Unfit",
    "Wanted",
    "ascii_json",
    "check_method",
    "checked_headers",
    "excerpt",
    "failure",
    "probe",
]
