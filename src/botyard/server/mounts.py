"""Which protocols this server speaks, and where. The console comes last: it answers for every other path."""

from __future__ import annotations

from collections.abc import Mapping

from botyard import console
from botyard.core import systems
from botyard.protocols.automio.routes import TABLES as AUTOMIO
from botyard.protocols.botcity.routes import ROUTES as BOTCITY
from botyard.protocols.botvelocity.routes import TABLES as BOTVELOCITY
from botyard.protocols.elma import callback as elma_callback
from botyard.protocols.elma.routes import NOTHING_ELSE
from botyard.protocols.elma.routes import ROUTES as ELMA
from botyard.protocols.maestro_client.routes import ROUTES as MAESTRO_CLIENT
from botyard.protocols.native.oauth import ROUTES as OAUTH
from botyard.protocols.native.routes import ROUTES as NATIVE
from botyard.protocols.otlp.routes import ROUTES as OTLP
from botyard.server.callbacks import Render
from botyard.server.reference import ROUTES as REFERENCE
from botyard.web import RouteTable


def protocols() -> list[RouteTable]:
    """Return the route table of every protocol."""
    return [NATIVE, REFERENCE, BOTCITY, MAESTRO_CLIENT, *BOTVELOCITY, ELMA, *AUTOMIO, OTLP, OAUTH, console.routes()]


def elma_only() -> list[RouteTable]:
    """Return what the port for ELMA's callers serves."""
    return [NOTHING_ELSE, ELMA]


def renderers() -> Mapping[str, Render]:
    """Return, by the kind of a callback, what writes it."""
    return {systems.DIALECT: elma_callback.body_of}
