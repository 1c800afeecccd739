"""Integrations: APIs of other systems that bots call through this server, without ever seeing a key.

An integration says where the API is and how one signs in there. A connection is an account at it: its key, password
or tokens lie in the vault, and it is enabled for all apps of the workspace or for some. Whoever calls names an
integration and, if there are several, a connection; the server adds the credential, and each call leaves a row in a
log that is kept for a while. How calls are made is in `botyard.upstream.integration`.
"""

from botyard.core.integrations.accounts import Account, open_account, peek_account
from botyard.core.integrations.calls import WINDOW, Call, append_calls, calls_of, get_call, prune
from botyard.core.integrations.connect import (
    NewConnection,
    check_secrets,
    checked_name,
    connect,
    differs,
    disconnect,
    reconnect,
)
from botyard.core.integrations.details import Category, Details
from botyard.core.integrations.model import KINDS, Connection, Integration, Kind, NewIntegration, checked, checked_key
from botyard.core.integrations.oauth import (
    OauthState,
    Wishes,
    begin_oauth,
    client_secret,
    delete_expired,
    finish_oauth,
    take_state,
)
from botyard.core.integrations.read import (
    Tally,
    connections_of,
    enabled,
    find,
    find_connection,
    get,
    get_connection,
    search,
    tallies,
)
from botyard.core.integrations.resolve import Given, check_usable, choose, choose_many, run_connection
from botyard.core.integrations.secret import Secrets
from botyard.core.integrations.tokens import Tokens, break_connection, claim_refresh, store_tokens
from botyard.core.integrations.write import TOPIC, create, delete, merged, update

__all__ = [
    "KINDS",
    "TOPIC",
    "WINDOW",
    "Account",
    "Call",
    "Category",
    "Connection",
    "Details",
    "Given",
    "Integration",
    "Kind",
    "NewConnection",
    "NewIntegration",
    "OauthState",
    "Secrets",
    "Tally",
    "Tokens",
    "Wishes",
    "append_calls",
    "begin_oauth",
    "break_connection",
    "calls_of",
    "check_secrets",
    "check_usable",
    "checked",
    "checked_key",
    "checked_name",
    "choose",
    "choose_many",
    "claim_refresh",
    "client_secret",
    "connect",
    "connections_of",
    "create",
    "delete",
    "delete_expired",
    "differs",
    "disconnect",
    "enabled",
    "find",
    "find_connection",
    "finish_oauth",
    "get",
    "get_call",
    "get_connection",
    "merged",
    "open_account",
    "peek_account",
    "prune",
    "reconnect",
    "run_connection",
    "search",
    "store_tokens",
    "take_state",
    "tallies",
    "update",
]
