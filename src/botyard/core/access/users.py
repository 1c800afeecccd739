"""People: accounts, their roles in workspaces, their browsers."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from botyard.base import text
from botyard.base.clock import DAY, HOUR, MINUTE, SECOND
from botyard.base.exceptions import AlreadyExists, Denied, IllegalTransition, Invalid, NotFound
from botyard.core.access import tokens
from botyard.core.access.model import Caller, Session, User
from botyard.core.access.permissions import ROLE_PERMISSIONS, Permission, Role
from botyard.storage import Row, Select, Tx, load_queries

sql = load_queries(__package__)

#: How long after an account was made a password that somebody else chose may be used before it must be replaced.
FIRST_PASSWORD_LIFETIME = DAY
SESSION_LIFETIME = 12 * HOUR
SESSION_IDLE = 30 * MINUTE
FREE_FAILURES = 5
LONGEST_LOCK = 15 * MINUTE

_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,126}[a-z0-9])?")


class StoredPassword(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to check a password outside of any transaction."""

    user_id: int
    login: str
    password_hash: str
    disabled: bool
    locked_until: int | None


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace that a person may enter, and as what."""

    workspace_id: int
    label: str
    name: str
    role: Role


def create_user(tx: Tx, *, login: str, name: str, password_hash: str, must_change: bool, now: int) -> User:
    """Create an account without any role. Raises Invalid for the login, AlreadyExists."""
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise Invalid(
            f'"{login[:64]}" cannot be a login name.',
            hint="Use letters, digits and . _ @ + - ; begin and end with a letter or digit.",
            field="login",
        )
    row = tx.one(
        sql.create_user,
        login=login,
        name=text.name(name, field="name"),
        password_hash=password_hash,
        must_change=int(must_change),
        now=now,
    )
    if row is None:
        raise AlreadyExists(f'The login name "{login}" is taken.', hint="Choose another.", field="login")
    return User.from_row(row)


def set_role(tx: Tx, *, workspace_id: int, user_id: int, role: Role) -> None:
    """Make a person a member of a workspace in `role`; takes effect with their next request."""
    tx.run(sql.set_role, workspace_id=workspace_id, user_id=user_id, role=role.value)
    tx.run(sql.drop_logins_of_user, user_id=str(user_id))
    tx.wake("access")


def add_member(tx: Tx, *, workspace_id: int, login: str, name: str, password_hash: str, role: Role, now: int) -> User:
    """Make an account with a first password and let it into a workspace.

    An account that belongs to no workspace any more is taken back with this password. Raises AlreadyExists for a login
    name that somebody uses, and Invalid.
    """
    stored = find_password(tx, login=login)
    if stored is None or memberships(tx, user_id=stored.user_id):
        user = create_user(tx, login=login, name=name, password_hash=password_hash, must_change=True, now=now)
    else:
        set_disabled(tx, user_id=stored.user_id, disabled=False)
        reset_password(tx, user_id=stored.user_id, password_hash=password_hash)
        user = get_user(tx, user_id=stored.user_id)
    set_role(tx, workspace_id=workspace_id, user_id=user.id, role=role)
    return user


def remove_member(tx: Tx, *, workspace_id: int, admin_id: int, user_id: int, now: int) -> User:
    """Take a person out of a workspace, at once: its pages, programs that they logged in, tokens in their name.

    The account stays, and so do keys that it made. Raises NotFound, Denied for oneself, and IllegalTransition for the
    only administrator.
    """
    if admin_id == user_id:
        raise Denied("Nobody removes themselves.", hint="Ask another administrator.")
    user, _ = get_member(tx, workspace_id=workspace_id, user_id=user_id)
    check_admin_left(tx, workspace_id=workspace_id, user_id=user_id)
    tx.run(sql.remove_member, workspace_id=workspace_id, user_id=user_id)
    for row in tx.all(sql.end_sessions_in, workspace_id=workspace_id, user_id=user_id):
        tx.wake(f"access:{row['id']}")
    tx.run(sql.drop_logins_of_user, user_id=str(user_id))
    tx.run(sql.revoke_of_user, workspace_id=workspace_id, user_id=user_id, now=now)
    tx.wake("access")
    return user


def list_users(tx: Tx, *, workspace_id: int, after: str = "", limit: int = 10_000) -> list[tuple[User, Role]]:
    """Return the members of a workspace with their roles, by login name, those after the login `after`."""
    rows = tx.all(sql.list_users, workspace_id=workspace_id, after=after.replace("\0", ""), limit=limit)
    return [(User.from_row(row), Role(row["role"])) for row in rows]


def find_member(tx: Tx, *, workspace_id: int, login: str, field: str = "user") -> tuple[User, Role]:
    """Return the member of that login name with their role. Raises NotFound, which names `field`."""
    row = tx.one(sql.find_member, workspace_id=workspace_id, login=login.strip().lower().replace("\0", ""))
    if row is None:
        raise NotFound(
            f'This workspace has no member "{login[:64]}".', hint="Look under Settings, Members.", field=field
        )
    return User.from_row(row), Role(row["role"])


def logins_of(tx: Tx, *, user_ids: Iterable[int]) -> dict[int, str]:
    """Return the login names of accounts by their ids."""
    found = tx.all_of(Select("users u", "u.id, u.login").where_in("u.id", "id", sorted(set(user_ids))))
    return {row["id"]: row["login"] for row in found}


def get_member(tx: Tx, *, workspace_id: int, user_id: int) -> tuple[User, Role]:
    """Return a member of a workspace with their role. Raises NotFound, the same for a stranger as for nobody."""
    row = tx.one(sql.get_member, workspace_id=workspace_id, user_id=user_id)
    if row is None:
        raise NotFound("This workspace has no such member.", hint="Look under Settings, Members.")
    return User.from_row(row), Role(row["role"])


def check_admin_left(tx: Tx, *, workspace_id: int, user_id: int) -> None:
    """Raise IllegalTransition if a workspace has no administrator but this member, and let no other change between."""
    tx.one(sql.lock_members, workspace_id=workspace_id)
    user, role = get_member(tx, workspace_id=workspace_id, user_id=user_id)
    if role is not Role.ADMIN or user.disabled:
        return
    if tx.one(sql.other_admin, workspace_id=workspace_id, user_id=user_id) is None:
        raise IllegalTransition(
            f'"{user.login}" is the only administrator of this workspace.', hint="Make somebody else one first."
        )


def check_governs(tx: Tx, *, admin_id: int, user_id: int) -> None:
    """Raise Denied unless somebody may shut another person's account or reset its password.

    For that they must be another person, and administrator of every workspace that the account belongs to: who could
    reset the password of somebody elsewhere could enter there too.
    """
    if admin_id == user_id:
        raise Denied("This is your own account.", hint="Change your password under Account; ask another administrator.")
    governed = {each.workspace_id for each in memberships(tx, user_id=admin_id) if each.role is Role.ADMIN}
    if any(each.workspace_id not in governed for each in memberships(tx, user_id=user_id)):
        raise Denied(
            "This account belongs to a workspace of which you are not an administrator.",
            hint="Ask one who is administrator of all of its workspaces.",
        )


def get_user(tx: Tx, *, user_id: int) -> User:
    """Return a person. Raises NotFound."""
    row = tx.one(sql.get_user, user_id=user_id)
    if row is None:
        raise NotFound("This user does not exist.", hint="The account may have been deleted.")
    return User.from_row(row)


def memberships(tx: Tx, *, user_id: int) -> list[Membership]:
    """Return the workspaces that a person may enter, oldest first."""
    return [
        Membership(workspace_id=row["id"], label=row["label"], name=row["name"], role=Role(row["role"]))
        for row in tx.all(sql.workspaces_of, user_id=user_id)
    ]


def find_password(tx: Tx, *, login: str | None = None, user_id: int | None = None) -> StoredPassword | None:
    """Return what to check a password against, by login name or by id; None for an unknown one."""
    if login is not None:
        row = tx.one(sql.find_password, login=login.strip().lower())
    else:
        row = tx.one(sql.find_password_by_id, user_id=user_id)
    if row is None:
        return None
    return StoredPassword(
        user_id=row["id"],
        login=row["login"],
        password_hash=row["password_hash"],
        disabled=bool(row["disabled"]),
        locked_until=row["locked_until"],
    )


def record_failed_login(tx: Tx, *, user_id: int, now: int) -> None:
    """Count a wrong password: five are free, each further one doubles the wait, up to fifteen minutes."""
    row = tx.one(sql.record_failed_login, user_id=user_id)
    failures = row["failed_logins"] if row else 0
    if failures >= FREE_FAILURES:
        delay = min(LONGEST_LOCK, SECOND * 2 ** min(failures - FREE_FAILURES, 16))
        tx.run(sql.lock_until, user_id=user_id, until=now + delay)


def change_password(tx: Tx, *, user_id: int, password_hash: str, kept_session: str = "") -> None:
    """Set a password that the person chose, and end all of their sessions but `kept_session`."""
    tx.run(sql.set_password, user_id=user_id, password_hash=password_hash, must_change=0)
    end_sessions_of(tx, user_id=user_id, kept=kept_session)
    tx.wake("access")


def reset_password(tx: Tx, *, user_id: int, password_hash: str) -> None:
    """Set a password that must be replaced after the next sign-in, and end every session of the person."""
    tx.run(sql.set_password, user_id=user_id, password_hash=password_hash, must_change=1)
    end_sessions_of(tx, user_id=user_id)
    tx.run(sql.drop_logins_of_user, user_id=str(user_id))
    tx.wake("access")


def rehash_password(tx: Tx, *, stored: StoredPassword, password_hash: str) -> None:
    """Keep a costlier hash of the same password, unless the password was changed meanwhile."""
    tx.run(sql.rehash_password, user_id=stored.user_id, old=stored.password_hash, password_hash=password_hash)


def set_disabled(tx: Tx, *, user_id: int, disabled: bool) -> None:
    """Shut an account out, at once and everywhere, or let it in again."""
    tx.run(sql.set_disabled, user_id=user_id, disabled=int(disabled))
    if disabled:
        end_sessions_of(tx, user_id=user_id)
        tx.run(sql.drop_logins_of_user, user_id=str(user_id))
    tx.wake("access")


def start_session(tx: Tx, *, user_id: int, now: int, workspace_id: int | None = None) -> tuple[str, Session]:
    """Sign a person in: return the text for the cookie, and the session. Raises Denied without any workspace."""
    allowed = [each.workspace_id for each in memberships(tx, user_id=user_id)]
    if workspace_id is None and allowed:
        workspace_id = allowed[0]
    if workspace_id not in allowed:
        raise Denied("This account belongs to no workspace.", hint="Ask an administrator to add it to one.")
    minted = tokens.mint("session")
    row = tx.one(
        sql.create_session,
        id=minted.id,
        user_id=user_id,
        workspace_id=workspace_id,
        secret_hash=minted.secret_hash,
        now=now,
        expires_at=now + SESSION_LIFETIME,
    )
    tx.run(sql.record_login, user_id=user_id, now=now)
    return minted.text, Session(**(row or {}))


def authenticate_session(tx: Tx, *, token: str, now: int) -> Caller:
    """Return who is signed in with this cookie. Raises Denied(code="unauthenticated")."""
    parsed = tokens.parse(token)
    row = tx.one(sql.find_session, id=parsed.id) if parsed is not None and parsed.kind == "session" else None
    if parsed is None or row is None or not _session_holds(row, parsed, now=now):
        raise Denied("You are not signed in, or no longer.", hint="Sign in.", code="unauthenticated")
    role = Role(row["role"])
    return Caller(
        kind="user",
        id=str(row["user_id"]),
        name=row["login"],
        workspace_id=row["workspace_id"],
        workspace_label=row["workspace_label"],
        # Values of secrets go to bots and keys; a browser gets none, whoever sits at it.
        permissions=ROLE_PERMISSIONS[role] - {Permission.SECRETS_READ},
        role=role,
        login=row["login"],
        session_id=row["id"],
        temporary_password=bool(row["must_change"]),
        must_change_password=bool(row["must_change"]) and now - row["user_created_at"] > FIRST_PASSWORD_LIFETIME,
    )


def list_sessions(tx: Tx, *, user_id: int, now: int) -> list[Session]:
    """Return the browsers that a person is signed in with, newest first."""
    return [Session(**row) for row in tx.all(sql.list_sessions, user_id=user_id, now=now)]


def end_session(tx: Tx, *, session_id: str) -> None:
    """Sign one browser out."""
    tx.run(sql.end_session, id=session_id)
    tx.wake(f"access:{session_id}")


def end_sessions_of(tx: Tx, *, user_id: int, kept: str = "") -> None:
    """Sign a person out everywhere, except in the session `kept`."""
    for row in tx.all(sql.end_sessions_of, user_id=user_id, kept=kept):
        tx.wake(f"access:{row['id']}")


def _session_holds(row: Row, parsed: tokens.Parsed, *, now: int) -> bool:
    in_force = row["expires_at"] > now and row["seen_at"] > now - SESSION_IDLE and not row["disabled"]
    return in_force and tokens.matches(parsed.secret, row["secret_hash"])


def first_admin(tx: Tx, *, workspace_id: int) -> int | None:
    """Return the id of the administrator who has been there longest, None in a workspace without one."""
    row = tx.one(sql.first_admin, workspace_id=workspace_id)
    return None if row is None else int(row["user_id"])
