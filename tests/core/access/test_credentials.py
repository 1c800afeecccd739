from __future__ import annotations

import pytest

from botyard.base.clock import DAY, MINUTE
from botyard.base.exceptions import Denied, Invalid, NotFound
from botyard.core import access
from botyard.core.access import Caller, NewToken, Permission, Role
from botyard.core.access.credentials import sql
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace


def make_key(
    tx: Tx,
    workspace: Workspace,
    *,
    role: Role = Role.DEVELOPER,
    dialect: str = "botcity",
    login: str | None = "acme",
    expires_at: int | None = None,
) -> NewToken:
    return access.create_key(
        tx,
        workspace_id=workspace.id,
        name="ci",
        role=role,
        owner="user:1",
        now=NOW,
        dialect=dialect,
        login=login,
        expires_at=expires_at,
    )


def refused(tx: Tx, token: str, *, now: int = NOW) -> bool:
    try:
        access.authenticate(tx, token=token, now=now)
    except Denied as error:
        return error.code == "unauthenticated"
    return False


class TestKey:
    async def test_opens_its_workspace_with_the_permissions_of_its_role(self, db: Database) -> None:
        def check(tx: Tx) -> Caller:
            workspace = make_workspace(tx, label="acme")
            make_workspace(tx, label="rival")
            return access.authenticate(tx, token=make_key(tx, workspace, role=Role.OPERATOR).text, now=NOW)

        caller = await db.write(check)
        assert caller.workspace_label == "acme"
        assert caller.actor == "key:ci"
        assert caller.permissions == access.ROLE_PERMISSIONS[Role.OPERATOR]

    async def test_is_stored_without_its_secret(self, db: Database) -> None:
        def check(tx: Tx) -> tuple[str, str]:
            made = make_key(tx, make_workspace(tx))
            return made.text, repr(tx.all(sql.find_token, id=made.token.id))

        text, row = await db.write(check)
        assert text.split("_")[3] not in row

    async def test_ends_at_its_expiry(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            made = make_key(tx, make_workspace(tx), expires_at=NOW + DAY)
            assert not refused(tx, made.text, now=NOW + DAY - 1)
            assert refused(tx, made.text, now=NOW + DAY)

        await db.write(check)

    async def test_cannot_be_born_expired(self, db: Database) -> None:
        with pytest.raises(Invalid, match="expired"):
            await db.write(lambda tx: make_key(tx, make_workspace(tx), expires_at=NOW))

    async def test_is_refused_under_another_kind(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            made = make_key(tx, make_workspace(tx))
            parsed = access.tokens.parse(made.text)
            assert parsed is not None
            for kind in ("login", "runner", "local", "attempt", "session", "nobody"):
                disguised = access.tokens.mint(kind, parsed.id).text
                assert refused(tx, disguised)

        await db.write(check)


class TestRevoke:
    async def test_takes_effect_at_once_and_for_logins_too(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            workspace = make_workspace(tx)
            made = make_key(tx, workspace)
            login = access.login_with_key(tx, dialects=("botcity",), login="acme", key=made.text, now=NOW)
            assert not refused(tx, login.text)
            access.revoke(tx, workspace_id=workspace.id, token_id=made.token.id, now=NOW + 1)
            assert refused(tx, made.text, now=NOW + 1)
            assert refused(tx, login.text, now=NOW + 1)
            access.revoke(tx, workspace_id=workspace.id, token_id=made.token.id, now=NOW + 2)

        await db.write(check)

    async def test_finds_nothing_in_another_workspace(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            mine, theirs = make_workspace(tx), make_workspace(tx)
            made = make_key(tx, theirs)
            for token_id in (made.token.id, "nothing"):
                with pytest.raises(NotFound):
                    access.revoke(tx, workspace_id=mine.id, token_id=token_id, now=NOW)
            assert not refused(tx, made.text)

        await db.write(check)


class TestLogin:
    async def test_gives_a_token_of_the_keys_workspace_and_role(self, db: Database) -> None:
        def check(tx: Tx) -> Caller:
            made = make_key(tx, make_workspace(tx, label="acme"))
            login = access.login_with_key(tx, dialects=("botcity",), login="acme", key=made.text, now=NOW)
            assert login.workspace_label == "acme"
            return access.authenticate(tx, token=login.text, now=NOW + DAY)

        caller = await db.write(check)
        assert caller.kind == "login"
        assert caller.may(Permission.TASKS_RUN)
        assert not caller.may(Permission.KEYS_MANAGE)

    async def test_says_the_same_whatever_is_wrong(self, db: Database) -> None:
        def check(tx: Tx) -> set[str]:
            workspace = make_workspace(tx)
            key = make_key(tx, workspace).text
            native = make_key(tx, workspace, dialect="native").text
            texts = set()
            for login, sent in (("acme", native), ("other", key), ("acme", "nonsense"), ("", ""), ("acme", key + "x")):
                with pytest.raises(Denied) as caught:
                    access.login_with_key(tx, dialects=("botcity",), login=login, key=sent, now=NOW)
                texts.add(str(caught.value))
            return texts

        assert len(await db.write(check)) == 1

    async def test_never_outlives_its_key(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            key = make_key(tx, make_workspace(tx), expires_at=NOW + MINUTE).text
            login = access.login_with_key(tx, dialects=("botcity",), login="acme", key=key, now=NOW)
            assert login.expires_at == NOW + MINUTE
            assert refused(tx, login.text, now=NOW + MINUTE)

        await db.write(check)


class TestDialect:
    async def test_is_enabled_by_its_first_key_and_stays_so_to_tell_who_holds_an_ended_one(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            workspace = make_workspace(tx)
            assert not access.dialect_enabled(tx, dialect="botcity")
            made = make_key(tx, workspace, dialect="maestro-client")
            assert access.dialect_enabled(tx, dialect="botcity")
            assert not access.dialect_enabled(tx, dialect="elma")
            access.revoke(tx, workspace_id=workspace.id, token_id=made.token.id, now=NOW)
            assert access.dialect_enabled(tx, dialect="botcity")

        await db.write(check)


class TestJoinCode:
    async def test_may_only_register_runners_for_ten_minutes(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            code = access.create_join_code(tx, workspace_id=make_workspace(tx).id, owner="user:1", now=NOW).text
            caller = access.authenticate(tx, token=code, now=NOW + 10 * MINUTE - 1)
            assert caller.permissions == {Permission.RUNNER_JOIN}
            assert refused(tx, code, now=NOW + 10 * MINUTE)

        await db.write(check)


class TestUse:
    async def test_is_recorded_and_only_moves_forward(self, db: Database) -> None:
        def check(tx: Tx) -> int | None:
            workspace = make_workspace(tx)
            made = make_key(tx, workspace)
            access.record_use(tx, used={made.token.id: NOW + 5})
            access.record_use(tx, used={made.token.id: NOW + 3})
            (listed,) = access.list_tokens(tx, workspace_id=workspace.id)
            return listed.used_at

        assert await db.write(check) == NOW + 5


class TestDeleteExpired:
    async def test_removes_old_logins_and_keeps_keys(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            workspace = make_workspace(tx)
            made = make_key(tx, workspace)
            access.login_with_key(tx, dialects=("botcity",), login="acme", key=made.text, now=NOW)
            assert access.delete_expired(tx, now=NOW + DAY) == 0
            assert access.delete_expired(tx, now=NOW + 30 * DAY) == 1
            assert not refused(tx, made.text, now=NOW + 30 * DAY)

        await db.write(check)
