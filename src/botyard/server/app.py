"""Build the ASGI application of one server."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

import botyard
from botyard.base.settings import Settings
from botyard.core.access import tokens
from botyard.core.vault import RootKeys
from botyard.storage import Blobs, Database
from botyard.web import (
    OPEN,
    Application,
    Authenticator,
    Drain,
    Handler,
    Request,
    Response,
    Route,
    RouteTable,
    Throttle,
    Tools,
    caching,
    json_response,
    secrets,
)

PEPPER_FILE = "pepper"
ROOT_KEY_FILE = "root.key"


class Health(msgspec.Struct, frozen=True):
    """What `/healthz` says: whether to send work here, and how long ago each loop last ran, in seconds."""

    status: str
    version: str
    loops: dict[str, float | None]


def create_app(
    settings: Settings,
    db: Database,
    blobs: Blobs,
    *,
    drain: Drain | None = None,
    health: Callable[[], Health] | None = None,
    tables: list[RouteTable] | None = None,
) -> Application:
    """Return the application over an open database. `tables` replace the protocols, for tests of the edge."""
    tokens.use_pepper(tokens.load_pepper(settings.pepper_file or settings.data / PEPPER_FILE))
    tools = Tools(
        settings=settings,
        db=db,
        blobs=blobs,
        authenticator=Authenticator(db),
        drain=drain or Drain(),
        throttle=Throttle(),
        root_keys=RootKeys(settings.key_file or settings.data / ROOT_KEY_FILE),
    )
    secrets.listen(db, tools.masks)
    if settings.cache_url:
        caching.cache_of(tools)  # says at once what is wrong with the address
    mounted = _protocols() if tables is None else tables
    return Application([_system(health or _idle), *mounted], tools)


def elma_app(app: Application) -> Application:
    """Return an application that answers ELMA's callers and nobody else, with the means of another."""
    from botyard.server import mounts

    return Application(mounts.elma_only(), app.tools)


def _protocols() -> list[RouteTable]:
    from botyard.server import mounts

    return mounts.protocols()


def _system(health: Callable[[], Health]) -> RouteTable:
    return RouteTable("system", "", [Route("GET", "/healthz", _healthz(health), OPEN)])


def _healthz(health: Callable[[], Health]) -> Handler:
    async def healthz(request: Request) -> Response:
        """Say whether this server is ready, to anybody."""
        state = health()
        failed = request.db.failure is not None
        if failed:
            state = msgspec.structs.replace(state, status="failed")
        return json_response(state, status=503 if failed or state.status != "ok" else 200)

    return healthz


def _idle() -> Health:
    return Health("ok", botyard.__version__, {})
