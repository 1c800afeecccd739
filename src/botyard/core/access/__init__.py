"""Access: who may do what.

People sign in with a login name and a password and get a session; machines carry a token. Either way a request
becomes a `Caller` in exactly one workspace with a set of permissions, and every route names the permission it
needs. Nothing is stored that could be used to sign in: passwords are argon2id hashes, tokens are keyed hashes.
"""

from botyard.core.access import passwords, tokens
from botyard.core.access.authenticate import authenticate
from botyard.core.access.credentials import (
    DIALECTS_TOPIC,
    create_join_code,
    create_key,
    create_runner_token,
    create_token,
    delete_expired,
    dialect_enabled,
    list_tokens,
    login_with_key,
    record_use,
    revoke,
    revoke_owned,
)
from botyard.core.access.model import Caller, Login, NewToken, Session, Token, User
from botyard.core.access.permissions import ROLE_PERMISSIONS, Permission, Role
from botyard.core.access.start import FIRST_USER, FIRST_WORKSPACE, first_start, is_first_start, workspace_for
from botyard.core.access.users import (
    Membership,
    StoredPassword,
    authenticate_session,
    change_password,
    create_user,
    end_session,
    end_sessions_of,
    find_password,
    get_user,
    list_sessions,
    list_users,
    memberships,
    record_failed_login,
    rehash_password,
    set_disabled,
    set_role,
    start_session,
)

__all__ = [
    "DIALECTS_TOPIC",
    "FIRST_USER",
    "FIRST_WORKSPACE",
    "ROLE_PERMISSIONS",
    "Caller",
    "Login",
    "Membership",
    "NewToken",
    "Permission",
    "Role",
    "Session",
    "StoredPassword",
    "Token",
    "User",
    "authenticate",
    "authenticate_session",
    "change_password",
    "create_join_code",
    "create_key",
    "create_runner_token",
    "create_token",
    "create_user",
    "delete_expired",
    "dialect_enabled",
    "end_session",
    "end_sessions_of",
    "find_password",
    "first_start",
    "get_user",
    "is_first_start",
    "list_sessions",
    "list_tokens",
    "list_users",
    "login_with_key",
    "memberships",
    "passwords",
    "record_failed_login",
    "record_use",
    "rehash_password",
    "revoke",
    "revoke_owned",
    "set_disabled",
    "set_role",
    "start_session",
    "tokens",
    "workspace_for",
]
