"""The routes of native v1 about integrations, their connections, plugins, and systems that start automations."""

from __future__ import annotations

from botyard.core import systems as core
from botyard.core.access import Permission
from botyard.protocols.native import connections, integrations, plugins, systems
from botyard.protocols.native.queries import AFTER, AFTER_ID, LIMIT, TEXT
from botyard.web.declaring import Query
from botyard.web.routing import Route
from botyard.wire import integrations as wire
from botyard.wire import native
from botyard.wire import plugins as plugin_wire

_READ, _WRITE = Permission.INTEGRATIONS_READ, Permission.INTEGRATIONS_WRITE
_LIST, _CODE_READ, _CODE_WRITE = Permission.AUTOMATIONS_READ, Permission.PACKAGES_READ, Permission.PACKAGES_WRITE
_SYSTEMS_READ, _SYSTEMS_MANAGE = Permission.SYSTEMS_READ, Permission.SYSTEMS_MANAGE
_ONE, _INTERFACE, _SYSTEM = "/integrations/{integration}", "/plugin-interfaces/{interface}", "/systems/{system}"
_BODY = 2 * 1024 * 1024
#: Code of 1 MiB, escaped.
_CODE = 8 * 1024 * 1024
_TAKEN, _CONFLICT = ("already_exists",), ("illegal_transition",)
_CATEGORY = Query("category", "Only those of this category.")
_CALLS = Query("before", "Go on below this id: `next` of the page before.", int, default=2**62, low=1, high=2**62)
_VERSIONS = Query(
    "before", "Go on below this version: `next` of the page before.", int, default=2**31 - 1, low=1, high=2**31 - 1
)
_FEW = Query("limit", "How many to return at most.", int, default=20, low=1, high=100)
_OF_INTERFACE = Query("interface", "Only those of the interface with this namespace.")
_OF_INTEGRATION = Query("integration", "Only those for the integration with this key.")
_STATE = Query("state", "Only those in this state.", choices=tuple(state.value for state in core.State))

INTEGRATION_ROUTES = [
    Route(
        "GET",
        "/integrations",
        integrations.search,
        _READ,
        query=(TEXT, _CATEGORY, AFTER_ID, LIMIT),
        gives=wire.IntegrationPage,
    ),
    Route(
        "POST",
        "/integrations",
        integrations.create,
        _WRITE,
        body_limit=_BODY,
        takes=wire.CreateIntegration,
        gives=wire.IntegrationView,
        status=201,
        problems=(*_TAKEN, "sealed"),
        example={"key": "crm", "name": "Our CRM", "kind": "api_key", "base_url": "https://crm.example.com/api"},
    ),
    Route("GET", _ONE, integrations.get, _READ, gives=wire.IntegrationView, tagged=True),
    Route(
        "PATCH",
        _ONE,
        integrations.update,
        _WRITE,
        body_limit=_BODY,
        takes=wire.UpdateIntegration,
        gives=wire.IntegrationView,
        tagged=True,
        problems=("sealed",),
        example={"base_url": "https://crm.example.com/api/v2"},
    ),
    Route("DELETE", _ONE, integrations.delete, _WRITE, tagged=True),
    Route(
        "GET",
        f"{_ONE}/calls",
        integrations.list_calls,
        Permission.INTEGRATIONS_LOG,
        query=(_CALLS, LIMIT),
        gives=wire.CallPage,
    ),
    Route("GET", f"{_ONE}/connections", connections.search, _READ, query=(AFTER_ID, LIMIT), gives=wire.ConnectionPage),
    Route(
        "POST",
        f"{_ONE}/connections",
        connections.create,
        _WRITE,
        takes=wire.CreateConnection,
        gives=wire.ConnectionView,
        status=201,
        problems=(*_TAKEN, "sealed"),
        example={"name": "head office", "secrets": {"key": "correct horse"}},
    ),
    Route(
        "POST",
        f"{_ONE}/oauth",
        connections.begin_oauth,
        _WRITE,
        takes=wire.BeginOauth,
        gives=wire.OauthBegun,
        status=201,
        secret=True,
        problems=("oauth_failed", "sealed"),
        example={"name": "head office"},
    ),
    Route("GET", "/connections/{id}", connections.get, _READ, gives=wire.ConnectionView),
    Route(
        "PATCH",
        "/connections/{id}",
        connections.update,
        _WRITE,
        takes=wire.UpdateConnection,
        gives=wire.ConnectionView,
        problems=(*_TAKEN, "sealed"),
        example={"calls_per_minute": 60},
    ),
    Route("DELETE", "/connections/{id}", connections.delete, _WRITE),
    Route(
        "POST", "/connections/{id}/test", connections.test, _WRITE, gives=wire.TestView, problems=("sealed", *_CONFLICT)
    ),
]

PLUGIN_ROUTES = [
    Route(
        "GET",
        "/plugin-interfaces",
        plugins.search_interfaces,
        _LIST,
        query=(AFTER, LIMIT),
        gives=plugin_wire.InterfacePage,
    ),
    Route(
        "POST",
        "/plugin-interfaces",
        plugins.create_interface,
        _CODE_WRITE,
        body_limit=_CODE,
        takes=plugin_wire.CreateInterface,
        gives=plugin_wire.InterfaceView,
        status=201,
        problems=_TAKEN,
        example={"namespace": "contacts", "capabilities": ["find_contact"], "code": "def find_contact(name): ..."},
    ),
    Route("GET", _INTERFACE, plugins.get_interface, _CODE_READ, gives=plugin_wire.InterfaceView, tagged=True),
    Route(
        "PATCH",
        _INTERFACE,
        plugins.update_interface,
        _CODE_WRITE,
        body_limit=_CODE,
        takes=plugin_wire.UpdateInterface,
        gives=plugin_wire.InterfaceView,
        tagged=True,
        problems=_CONFLICT,
        example={"title": "Contacts", "version": 1},
    ),
    Route("DELETE", _INTERFACE, plugins.delete_interface, _CODE_WRITE),
    Route(
        "GET",
        f"{_INTERFACE}/versions",
        plugins.list_interface_versions,
        _CODE_READ,
        query=(_VERSIONS, _FEW),
        gives=plugin_wire.CodeVersionPage,
    ),
    Route(
        "GET",
        "/plugins",
        plugins.search,
        _LIST,
        query=(_OF_INTERFACE, _OF_INTEGRATION, AFTER_ID, LIMIT),
        gives=plugin_wire.PluginPage,
    ),
    Route(
        "POST",
        "/plugins",
        plugins.create,
        _CODE_WRITE,
        body_limit=_CODE,
        takes=plugin_wire.CreatePlugin,
        gives=plugin_wire.PluginView,
        status=201,
        problems=("already_exists", "not_found"),
        example={"interface": "contacts", "integration": "crm", "code": "def find_contact(name):\n    return []\n"},
    ),
    Route("GET", "/plugins/{id}", plugins.get, _CODE_READ, gives=plugin_wire.PluginView, tagged=True),
    Route(
        "PATCH",
        "/plugins/{id}",
        plugins.update,
        _CODE_WRITE,
        body_limit=_CODE,
        takes=plugin_wire.UpdatePlugin,
        gives=plugin_wire.PluginView,
        tagged=True,
        problems=_CONFLICT,
        example={"enabled": False},
    ),
    Route("DELETE", "/plugins/{id}", plugins.delete, _CODE_WRITE),
    Route(
        "GET",
        "/plugins/{id}/versions",
        plugins.list_versions,
        _CODE_READ,
        query=(_VERSIONS, _FEW),
        gives=plugin_wire.CodeVersionPage,
    ),
]

SYSTEM_ROUTES = [
    Route(
        "GET", "/systems", systems.search, _SYSTEMS_READ, query=(_STATE, TEXT, AFTER, LIMIT), gives=native.SystemPage
    ),
    Route(
        "POST",
        "/systems",
        systems.create,
        Permission.SYSTEMS_REQUEST,
        body_limit=_BODY,
        takes=native.CreateSystem,
        gives=native.NewSystemView,
        status=201,
        secret=True,
        problems=_TAKEN,
        example={"name": "ELMA365", "processes": ["invoices"], "networks": ["10.1.0.0/16"]},
    ),
    Route("GET", _SYSTEM, systems.get, _SYSTEMS_READ, gives=native.SystemView),
    Route(
        "PATCH",
        _SYSTEM,
        systems.update,
        _SYSTEMS_MANAGE,
        body_limit=_BODY,
        takes=native.UpdateSystem,
        gives=native.SystemView,
        problems=_TAKEN,
        example={"reads_all": True},
    ),
    Route("POST", f"{_SYSTEM}/allow", systems.allow, _SYSTEMS_MANAGE, gives=native.SystemView, problems=_CONFLICT),
    Route("POST", f"{_SYSTEM}/lock", systems.lock, _SYSTEMS_MANAGE, gives=native.SystemView, problems=_CONFLICT),
    Route(
        "POST",
        f"{_SYSTEM}/rotate",
        systems.rotate,
        _SYSTEMS_MANAGE,
        body_limit=16 * 1024,
        takes=native.RotateSystem,
        gives=native.NewSystemView,
        problems=(*_TAKEN, *_CONFLICT),
        example={"overlap_seconds": 3600},
    ),
]
