"""How this dialect says that something went wrong: a JSON object whose `detail` is one plain text."""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from botyard.web.errors import ErrorTable, Failure


def _body(failure: Failure) -> bytes:
    detail = failure.sentence
    return msgspec.json.encode({"detail": detail, "code": failure.code, "request_id": failure.request_id})


ERRORS = ErrorTable(
    _body,
    statuses=MappingProxyType(
        {
            "bad_archive": 400,
            "bad_project": 400,
            "invalid": 422,
            "login_denied": 403,
            "login_expired": 410,
            "no_entry_file": 400,
            "wrong_asset_type": 409,
        }
    ),
)
