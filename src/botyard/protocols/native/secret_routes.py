"""The routes of native v1 about credentials, folders and assets, and about the vault that keeps what is secret."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.native import assets, credentials, folders
from botyard.protocols.native.queries import AFTER, LIMIT, TEXT
from botyard.web.declaring import Query
from botyard.web.routing import Route
from botyard.wire import native as wire

_READ, _WRITE, _REVEAL = Permission.CREDENTIALS_READ, Permission.SECRETS_WRITE, Permission.SECRETS_READ
_FOLDERS_READ, _FOLDERS_WRITE = Permission.AUTOMATIONS_READ, Permission.AUTOMATIONS_WRITE
_SET, _FOLDER, _ASSET = "/credentials/{label}", "/folders/{folder}", "/assets/{name}"
#: A set of 200 keys with values of 64 KiB, escaped.
_SECRETS_BODY = 32 * 1024 * 1024
#: A value of 64 KiB, escaped.
_ASSET_BODY = 512 * 1024
#: What a server says that lacks the key of its secrets, or whose secret is damaged.
_SEALED = ("sealed",)
_IN_FOLDER = Query("folder", "The folder that it lies in; without it DEFAULT.")
_OF_FOLDER = Query("folder", "Only those of this folder.")
_ANY_FOLDER = Query("folder", "The folder that it lies in; without it the only one that has this name, or DEFAULT.")

SECRET_ROUTES = [
    Route("GET", "/credentials", credentials.search, _READ, query=(AFTER, LIMIT), gives=wire.CredentialPage),
    Route(
        "POST",
        "/credentials",
        credentials.create,
        _WRITE,
        body_limit=_SECRETS_BODY,
        takes=wire.CreateCredential,
        gives=wire.CredentialView,
        status=201,
        problems=("already_exists", *_SEALED),
        example={"label": "erp", "secrets": {"user": "robot", "password": "correct horse"}},
    ),
    Route("GET", _SET, credentials.get, _READ, gives=wire.CredentialView, tagged=True),
    Route(
        "PUT",
        _SET,
        credentials.replace,
        _WRITE,
        body_limit=_SECRETS_BODY,
        takes=wire.SetSecrets,
        gives=wire.CredentialView,
        tagged=True,
        problems=_SEALED,
        example={"secrets": {"user": "robot", "password": "battery staple"}},
    ),
    Route(
        "PATCH",
        _SET,
        credentials.update,
        _WRITE,
        body_limit=_SECRETS_BODY,
        takes=wire.SetSecrets,
        gives=wire.CredentialView,
        tagged=True,
        problems=_SEALED,
        example={"secrets": {"password": "battery staple"}},
    ),
    Route("DELETE", _SET, credentials.delete, _WRITE, tagged=True),
    Route("GET", f"{_SET}/keys/{{key}}", credentials.read_value, _REVEAL, gives=wire.SecretView, problems=_SEALED),
    Route("DELETE", f"{_SET}/keys/{{key}}", credentials.delete_key, _WRITE, gives=wire.CredentialView),
    Route("GET", "/folders", folders.list_all, _FOLDERS_READ, query=(AFTER, LIMIT), gives=wire.FolderList),
    Route(
        "POST",
        "/folders",
        folders.create,
        _FOLDERS_WRITE,
        takes=wire.CreateFolder,
        gives=wire.FolderView,
        status=201,
        problems=("illegal_transition", "already_exists"),
        example={"name": "Finance"},
    ),
    Route("GET", _FOLDER, folders.get, _FOLDERS_READ, gives=wire.FolderView),
    Route(
        "PATCH",
        _FOLDER,
        folders.rename,
        _FOLDERS_WRITE,
        takes=wire.RenameFolder,
        gives=wire.FolderView,
        problems=("illegal_transition", "already_exists"),
        example={"name": "Accounting"},
    ),
    Route("DELETE", _FOLDER, folders.delete, _FOLDERS_WRITE, problems=("illegal_transition",)),
    Route("GET", "/assets", assets.search, _READ, query=(TEXT, _OF_FOLDER, AFTER, LIMIT), gives=wire.AssetPage),
    Route(
        "POST",
        "/assets",
        assets.create,
        _WRITE,
        body_limit=_ASSET_BODY,
        takes=wire.CreateAsset,
        gives=wire.AssetView,
        status=201,
        problems=("already_exists", *_SEALED),
        example={"name": "erp_url", "type": "text", "value": "https://erp.example.com", "folder": "Finance"},
    ),
    Route("GET", _ASSET, assets.get, _READ, query=(_ANY_FOLDER,), gives=wire.AssetView, tagged=True),
    Route(
        "PUT",
        _ASSET,
        assets.put,
        _WRITE,
        query=(_ANY_FOLDER,),
        body_limit=_ASSET_BODY,
        takes=wire.PutAsset,
        gives=wire.AssetView,
        tagged=True,
        problems=_SEALED,
        example={"type": "credential", "username": "robot", "password": "correct horse"},
    ),
    Route("DELETE", _ASSET, assets.delete, _WRITE, query=(_IN_FOLDER,), tagged=True),
    Route(
        "GET",
        f"{_ASSET}/secret",
        assets.read_secret,
        _REVEAL,
        query=(_ANY_FOLDER,),
        gives=wire.AssetSecret,
        problems=_SEALED,
    ),
    Route(
        "POST",
        "/vault/rotate",
        credentials.rotate,
        Permission.VAULT_ROTATE,
        body_limit=16 * 1024,
        takes=wire.RotateCall,
        gives=wire.RotationView,
        problems=_SEALED,
        example={"begin": True},
        name="vault_rotate",
    ),
]
