"""Make, list and revoke the tokens of machines, and let a dialect's client log in with its key."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from botyard.base import text
from botyard.base.clock import DAY, MINUTE
from botyard.base.exceptions import Denied, Invalid, NotFound
from botyard.core.access import tokens
from botyard.core.access.dialects import family
from botyard.core.access.model import Login, NewToken, Token
from botyard.core.access.permissions import Role
from botyard.storage import Select, Tx, load_queries

sql = load_queries(__package__)

_TOKENS = Select(
    "tokens t",
    "t.id, t.workspace_id, t.kind, t.dialect, t.name, t.login, t.role, t.owner_kind, t.owner_id, t.parent_id,"
    " t.created_at, t.expires_at, t.revoked_at, t.used_at, t.app_id",
)

#: Vendor clients never renew a login, so it has to outlive the longest task.
LOGIN_LIFETIME = 7 * DAY
JOIN_LIFETIME = 10 * MINUTE
#: Evicts what servers remember of whether a dialect has a key.
DIALECTS_TOPIC = "access:dialects"


def create_key(
    tx: Tx,
    *,
    workspace_id: int,
    name: str,
    role: Role,
    owner: str,
    now: int,
    dialect: str = "native",
    login: str | None = None,
    expires_at: int | None = None,
) -> NewToken:
    """Create an API key; from now on its dialect answers. `owner` is the actor who made it. Raises Invalid."""
    _check_expiry(expires_at, now=now)
    tx.wake(DIALECTS_TOPIC)
    return create_token(
        tx,
        workspace_id=workspace_id,
        kind="key",
        name=name,
        owner=owner,
        now=now,
        dialect=dialect,
        login=login,
        role=role,
        expires_at=expires_at,
    )


def _check_expiry(expires_at: int | None, *, now: int) -> None:
    if expires_at is not None and expires_at <= now:
        raise Invalid("The key would have expired already.", hint="Give a later time.", field="expires")


def create_join_code(tx: Tx, *, workspace_id: int, owner: str, now: int) -> NewToken:
    """Create a code that registers any number of runners for ten minutes."""
    return create_token(
        tx,
        workspace_id=workspace_id,
        kind="join",
        name="join",
        owner=owner,
        now=now,
        expires_at=now + JOIN_LIFETIME,
    )


def create_runner_token(tx: Tx, *, workspace_id: int, runner_id: str, name: str, now: int) -> NewToken:
    """Create the token of a registered runner."""
    return create_token(tx, workspace_id=workspace_id, kind="runner", name=name, owner=f"runner:{runner_id}", now=now)


def create_app_token(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    user_id: int | None,
    name: str,
    owner: str,
    now: int,
    expires_at: int | None = None,
) -> NewToken:
    """Create an App-Token: for one app of the workspace, in the name of one person. Raises Invalid."""
    _check_expiry(expires_at, now=now)
    tx.wake(DIALECTS_TOPIC)
    return create_token(
        tx,
        workspace_id=workspace_id,
        kind="app",
        name=name,
        owner=owner,
        now=now,
        dialect="automio",
        app_id=app_id,
        user_id=user_id,
        expires_at=expires_at,
    )


def create_token(
    tx: Tx,
    *,
    workspace_id: int,
    kind: str,
    name: str,
    owner: str,
    now: int,
    dialect: str = "native",
    login: str | None = None,
    role: Role | None = None,
    parent_id: str | None = None,
    expires_at: int | None = None,
    app_id: int | None = None,
    user_id: int | None = None,
) -> NewToken:
    """Create a token of any kind. `owner` is "<kind>:<id>" of who answers for it."""
    minted = tokens.mint(kind)
    owner_kind, _, owner_id = owner.partition(":")
    row = tx.one(
        sql.create_token,
        id=minted.id,
        workspace_id=workspace_id,
        kind=kind,
        dialect=family(dialect),
        name=text.name(name, field="name"),
        login=login,
        role=role.value if role else None,
        secret_hash=minted.secret_hash,
        owner_kind=owner_kind,
        owner_id=owner_id,
        parent_id=parent_id,
        now=now,
        expires_at=expires_at,
        app_id=app_id,
        user_id=user_id,
    )
    return NewToken(text=minted.text, token=Token.from_row(row or {}))


def login_with_key(tx: Tx, *, dialects: Collection[str], login: str, key: str, now: int) -> Login:
    """Exchange a login name and a key of one of the dialects for a token that dies with the key.

    Raises Denied(code="unauthenticated") whatever is wrong, so that nothing can be learned by trying.
    """
    parsed = tokens.parse(key)
    row = tx.one(sql.find_token, id=parsed.id) if parsed is not None and parsed.kind == "key" else None
    if parsed is None or row is None or not holds(row, parsed, now=now):
        raise _wrong_key()
    if row["dialect"] not in {family(dialect) for dialect in dialects} or row["login"] != login:
        raise _wrong_key()
    expires_at = min(now + LOGIN_LIFETIME, row["expires_at"] or now + LOGIN_LIFETIME)
    new = create_token(
        tx,
        workspace_id=row["workspace_id"],
        kind="login",
        name=row["name"],
        owner=f"key:{row['id']}",
        now=now,
        dialect=row["dialect"],
        login=row["login"],
        role=Role(row["role"]) if row["role"] else None,
        parent_id=row["id"],
        expires_at=expires_at,
    )
    return Login(
        text=new.text,
        workspace_id=row["workspace_id"],
        workspace_label=row["workspace_label"],
        key_id=row["id"],
        expires_at=expires_at,
    )


def holds(row: Mapping[str, object], parsed: tokens.Parsed, *, now: int) -> bool:
    """Return whether a token's text proves the row: same kind, right secret, in force."""
    expires_at = row["expires_at"]
    in_force = row["revoked_at"] is None and (expires_at is None or (isinstance(expires_at, int) and expires_at > now))
    return row["kind"] == parsed.kind and tokens.matches(parsed.secret, str(row["secret_hash"])) and in_force


def list_tokens(tx: Tx, *, workspace_id: int, kind: str = "key", limit: int = 500) -> list[Token]:
    """Return the tokens of a kind that are not revoked, newest first."""
    rows = tx.all(sql.list_tokens, workspace_id=workspace_id, kind=kind, limit=limit)
    return [Token.from_row(row) for row in rows]


def search_tokens(
    tx: Tx,
    *,
    workspace_id: int,
    kind: str = "key",
    app_id: int | None = None,
    revoked: bool = False,
    before: str | None = None,
    limit: int = 50,
) -> list[Token]:
    """Return the tokens of a kind newest first, of one app where it is named; with `revoked` those as well.

    `before` is the id of the last token of the page before. Raises Invalid when there is no such token.
    """
    wanted = _TOKENS.where("t.workspace_id = :workspace_id AND t.kind = :kind", workspace_id=workspace_id, kind=kind)
    if app_id is not None:
        wanted = wanted.where("t.app_id = :app_id", app_id=app_id)
    if not revoked:
        wanted = wanted.where("t.revoked_at IS NULL")
    if before is not None:
        last = tx.one(sql.get_token, workspace_id=workspace_id, id=before.replace("\0", ""))
        if last is None:
            raise Invalid("The position is none of a page.", hint="Pass next of the page before.", field="before")
        wanted = wanted.where("(t.created_at, t.id) < (:at, :before)", at=last["created_at"], before=last["id"])
    rows = tx.all_of(wanted.order_by("t.created_at DESC, t.id DESC").limit(limit))
    return [Token.from_row(row) for row in rows]


def get_token(tx: Tx, *, workspace_id: int, token_id: str) -> Token:
    """Return a token. Raises NotFound, for another workspace's as for one that never was."""
    found = tx.one(sql.get_token, workspace_id=workspace_id, id=token_id.replace("\0", ""))
    if found is None:
        raise NotFound("This token does not exist.", hint="List the tokens to find its id.")
    return Token.from_row(found)


def revoke(tx: Tx, *, workspace_id: int, token_id: str, now: int) -> Token:
    """Revoke a token and every login made with it, as of now. Again is fine. Raises NotFound."""
    rows = tx.all(sql.revoke, workspace_id=workspace_id, id=token_id, now=now)
    for row in rows:
        tx.wake(f"access:{row['id']}")
    tx.wake(DIALECTS_TOPIC)
    found = tx.one(sql.get_token, workspace_id=workspace_id, id=token_id)
    if found is None:
        raise NotFound("This token does not exist.", hint="List the tokens to find its id.")
    return Token.from_row(found)


def revoke_owned(tx: Tx, *, workspace_id: int, owner: str, now: int) -> int:
    """Revoke every token that `owner` ("runner:<id>", say) answers for; return how many."""
    owner_kind, _, owner_id = owner.partition(":")
    rows = tx.all(sql.revoke_owned, workspace_id=workspace_id, owner_kind=owner_kind, owner_id=owner_id, now=now)
    for row in rows:
        tx.wake(f"access:{row['id']}")
    return len(rows)


def dialect_enabled(tx: Tx, *, dialect: str) -> bool:
    """Return whether a key was ever made for this dialect, or a bot deployed that speaks it."""
    return tx.one(sql.dialect_key, dialect=family(dialect)) is not None


def record_use(tx: Tx, *, used: Mapping[str, int]) -> None:
    """Store when tokens and sessions were last used."""
    rows = [{"id": token_id, "now": moment} for token_id, moment in used.items()]
    tx.run_many(sql.record_token_use, rows)
    tx.run_many(sql.record_session_use, rows)


def delete_expired(tx: Tx, *, now: int, limit: int = 1000) -> int:
    """Delete tokens and sessions that ended more than a day ago, at most `limit` of each; return how many."""
    return sum(
        tx.run(statement, before=now - DAY, limit=limit)
        for statement in (sql.delete_expired_tokens, sql.delete_expired_sessions, sql.delete_device_logins)
    )


def _wrong_key() -> Denied:
    return Denied(
        "The login name or the key is wrong, expired or revoked.",
        hint="Get a new pair with `botyard connect`.",
        code="unauthenticated",
    )
