from __future__ import annotations

import pytest

from botyard.base.clock import HOUR, MINUTE
from botyard.base.exceptions import AlreadyExists, Denied, Invalid
from botyard.core import access
from botyard.core.access import Permission, Role, User
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, make_workspace


def make_user(
    tx: Tx, *, login: str = "ann", role: Role | None = Role.OPERATOR, workspace_id: int | None = None
) -> User:
    workspace_id = workspace_id or make_workspace(tx).id
    user = access.create_user(tx, login=login, name="Ann", password_hash="x", must_change=False, now=NOW)
    if role is not None:
        access.set_role(tx, workspace_id=workspace_id, user_id=user.id, role=role)
    return user


def refused(tx: Tx, cookie: str, *, now: int = NOW) -> bool:
    try:
        access.authenticate_session(tx, token=cookie, now=now)
    except Denied as error:
        return error.code == "unauthenticated"
    return False


class TestCreateUser:
    async def test_folds_the_login_name_to_lower_case(self, db: Database) -> None:
        assert (await db.write(lambda tx: make_user(tx, login=" Ann@Example.com "))).login == "ann@example.com"

    @pytest.mark.parametrize("login", ["", " ", "a b", "-x", "x" * 200, "an\nn", "ä", "<b>", "../x", "a\0b"])
    async def test_refuses_login_names_that_cannot_be_typed(self, db: Database, login: str) -> None:
        with pytest.raises(Invalid):
            await db.write(lambda tx: make_user(tx, login=login))

    async def test_refuses_a_taken_login_name(self, db: Database) -> None:
        await db.write(make_user)
        with pytest.raises(AlreadyExists):
            await db.write(lambda tx: make_user(tx, login="ANN"))


class TestSession:
    async def test_carries_the_role_in_its_workspace(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            cookie, _ = access.start_session(tx, user_id=make_user(tx).id, now=NOW)
            caller = access.authenticate_session(tx, token=cookie, now=NOW)
            assert caller.actor == "user:ann"
            assert caller.may(Permission.TASKS_RUN)
            assert not caller.may(Permission.PACKAGES_WRITE)

        await db.write(check)

    async def test_is_new_with_each_sign_in(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            user = make_user(tx)
            cookies = {access.start_session(tx, user_id=user.id, now=NOW)[0] for _ in range(5)}
            assert len(cookies) == 5

        await db.write(check)

    async def test_ends_when_idle_for_half_an_hour(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            cookie, session = access.start_session(tx, user_id=make_user(tx).id, now=NOW)
            assert not refused(tx, cookie, now=NOW + 30 * MINUTE - 1)
            assert refused(tx, cookie, now=NOW + 30 * MINUTE)
            access.record_use(tx, used={session.id: NOW + 20 * MINUTE})
            assert not refused(tx, cookie, now=NOW + 45 * MINUTE)

        await db.write(check)

    async def test_ends_after_twelve_hours_however_busy(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            cookie, session = access.start_session(tx, user_id=make_user(tx).id, now=NOW)
            access.record_use(tx, used={session.id: NOW + 12 * HOUR - 1})
            assert not refused(tx, cookie, now=NOW + 12 * HOUR - 1)
            assert refused(tx, cookie, now=NOW + 12 * HOUR)

        await db.write(check)

    async def test_ends_with_the_account_with_a_new_password_and_on_request(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            user = make_user(tx)

            def sign_in() -> str:
                return access.start_session(tx, user_id=user.id, now=NOW)[0]

            cookie = sign_in()
            access.set_disabled(tx, user_id=user.id, disabled=True)
            assert refused(tx, cookie)
            access.set_disabled(tx, user_id=user.id, disabled=False)
            assert refused(tx, cookie)
            cookie = sign_in()
            access.change_password(tx, user_id=user.id, password_hash="y")
            assert refused(tx, cookie)
            cookie, session = access.start_session(tx, user_id=user.id, now=NOW)
            access.end_session(tx, session_id=session.id)
            assert refused(tx, cookie)

        await db.write(check)

    async def test_follows_a_change_of_role_at_once(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            workspace = make_workspace(tx)
            user = make_user(tx, workspace_id=workspace.id)
            cookie, _ = access.start_session(tx, user_id=user.id, now=NOW)
            access.set_role(tx, workspace_id=workspace.id, user_id=user.id, role=Role.VIEWER)
            assert access.authenticate_session(tx, token=cookie, now=NOW).role is Role.VIEWER

        await db.write(check)

    async def test_is_not_given_for_a_workspace_the_person_does_not_belong_to(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            user, other = make_user(tx), make_workspace(tx)
            with pytest.raises(Denied):
                access.start_session(tx, user_id=user.id, now=NOW, workspace_id=other.id)
            with pytest.raises(Denied):
                access.start_session(tx, user_id=make_user(tx, login="bob", role=None).id, now=NOW)

        await db.write(check)

    async def test_is_not_opened_by_tokens_of_machines(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            workspace = make_workspace(tx)
            made = access.create_key(tx, workspace_id=workspace.id, name="ci", role=Role.ADMIN, owner="user:1", now=NOW)
            assert refused(tx, made.text)

        await db.write(check)


class TestFailedLogin:
    async def test_locks_for_a_doubling_time_after_five_and_never_for_good(self, db: Database) -> None:
        def check(tx: Tx) -> list[int]:
            user = make_user(tx)
            waits = []
            for _ in range(40):
                access.record_failed_login(tx, user_id=user.id, now=NOW)
                stored = access.find_password(tx, user_id=user.id)
                assert stored is not None
                waits.append(((stored.locked_until or NOW) - NOW) // SECOND)
            return waits

        waits = await db.write(check)
        assert waits[:8] == [0, 0, 0, 0, 1, 2, 4, 8]
        assert waits[-1] == 15 * 60

    async def test_is_forgotten_after_a_sign_in(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            user = make_user(tx)
            for _ in range(9):
                access.record_failed_login(tx, user_id=user.id, now=NOW)
            access.start_session(tx, user_id=user.id, now=NOW)
            stored = access.find_password(tx, login="ann")
            assert stored is not None
            assert stored.locked_until is None

        await db.write(check)


class TestFirstStart:
    async def test_makes_a_workspace_and_an_administrator_once(self, db: Database) -> None:
        def check(tx: Tx) -> None:
            assert access.is_first_start(tx)
            assert access.first_start(tx, password_hash="x", must_change=True, now=NOW)
            assert not access.is_first_start(tx)
            assert not access.first_start(tx, password_hash="y", must_change=True, now=NOW)
            stored = access.find_password(tx, login="admin")
            assert stored is not None
            assert stored.password_hash == "x"
            (membership,) = access.memberships(tx, user_id=stored.user_id)
            assert (membership.label, membership.role) == ("default", Role.ADMIN)

        await db.write(check)
