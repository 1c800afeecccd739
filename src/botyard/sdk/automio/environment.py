"""The variables that say where the server is, and for whom a program speaks.

They are looked up whenever a call is made, so that a program may set them after it imported the client.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from botyard.sdk.automio.exceptions import ApiValueError

_NEAR = frozenset({"localhost", "127.0.0.1", "::1"})


def base_url() -> str:
    """Return the address of the server, from `API_BASE_URL` or else `PUBLIC_API_BASE_URL`.

    A host alone is enough, and `/` and `/api` at the end make no difference. Unlike the vendor's package, which then
    sends the token to the vendor, this raises ApiValueError when neither is set.
    """
    given = (os.environ.get("API_BASE_URL") or os.environ.get("PUBLIC_API_BASE_URL") or "").strip()
    if not given:
        raise ApiValueError(
            "API_BASE_URL is not set. Set it to the address of the server, in the environment or in a file .env; "
            "`botyard connect automio` prints it."
        )
    return tidied(given)


def tidied(address: str) -> str:
    """Return the address of a server with a scheme, and without `/` or `/api` at its end."""
    if "://" not in address:
        near = urlsplit(f"//{address}").hostname in _NEAR
        address = f"{'http' if near else 'https'}://{address}"
    return address.rstrip("/").removesuffix("/api").rstrip("/")


def is_near(address: str) -> bool:
    """Tell whether an address is of this machine, to which nothing is sent through a proxy."""
    return urlsplit(address).hostname in _NEAR


def authorization() -> str:
    """Return the header by which the server knows the app, its user and its organization."""
    return f"App-Token {os.environ.get('APP_TOKEN', '')}".strip()


def retrieve_app_id() -> int | str | None:
    """Return the app: `APP_ID` as a number when it is one, else as text, else `ORG_SLUG/APP_SLUG`, else None."""
    app = os.environ.get("APP_ID")
    if app:
        try:
            return int(app)
        except ValueError:
            return app
    organization, slug = os.environ.get("ORG_SLUG"), os.environ.get("APP_SLUG")
    return f"{organization}/{slug}" if organization and slug else None


def required_app_id() -> int | str:
    """Return the app. Raises ValueError when there is none."""
    app = retrieve_app_id()
    if not app:
        raise ValueError("APP_ID is not set. Set it to the id of the app; `botyard connect automio` prints it.")
    return app
