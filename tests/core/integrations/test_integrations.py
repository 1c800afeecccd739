"""Integrations and connections: what is accepted, which connection is meant, and that secrets leave a trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, BotyardError, Denied, Invalid, NotFound
from botyard.core import audit, integrations, vault
from botyard.core.audit import Origin
from botyard.core.integrations import Account, Call, Connection, NewConnection, Tokens, Wishes
from botyard.core.vault import RootKeys
from botyard.storage import Database, Tx
from tests.support.integrations import make_app, make_connection, make_integration
from tests.support.work import NOW, make_workspace

SECOND = 1_000_000
OAUTH = {
    "client_id": "c",
    "authorize_url": "https://id.example.com/authorize",
    "access_token_url": "https://id.example.com/token",
}


@pytest.fixture
def keys(data: Path) -> RootKeys:
    """Return the root keys of this test."""
    return RootKeys(data / "root.key")


async def run(db: Database, scenario: Any) -> Any:
    return await db.write(scenario)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"version": "12345678901"}, "version"),
    ({"version": 1}, "version"),
    ({"name": "n" * 151}, "name"),
    ({"key": "k" * 101}, "key"),
    ({"key": "a.b"}, "key"),
    ({"key": "mailer"}, "key"),
    ({"kind": "ntlm"}, "kind"),
    ({"base_url": None}, "base_url"),
    ({"base_url": "ftp://example.com"}, "base_url"),
    ({"base_url": "https://user:pw@example.com"}, "base_url"),
    ({"base_url": "https://example.com/#x"}, "base_url"),
    ({"base_url": "https://example.com:99999"}, "base_url"),
    ({"base_url": "http://api.example.com", "allow_private_network": False}, "base_url"),
    ({"base_url": "https://e.com/" + "x" * 200}, "base_url"),
    ({"details": {"api_key_distribution": ""}}, "api_key_distribution"),
    ({"details": {"api_key_distribution": "query"}}, "api_key_query_param_key"),
    ({"details": {"countries": ["POL"]}}, "countries"),
    ({"details": {"accept_header": "x" * 51}}, "accept_header"),
    ({"details": {"extra_headers": {"X": "a\nb"}}}, "extra_headers"),
    ({"details": {"nonsense": 1}}, "nonsense"),
    ({"kind": "oauth2", "details": {"client_id": "x"}}, "authorize_url"),
    ({"kind": "hmac"}, "hmac_algorithm"),
    ({"kind": "wsdl"}, "wsdl_document_url"),
    ({"secret": "s" * 201}, "secret"),
]


@pytest.mark.parametrize(("parts", "field"), BAD, ids=[f"{field}-{n}" for n, (_, field) in enumerate(BAD)])
def test_what_a_client_could_not_read_is_refused_when_it_is_written(parts: dict[str, Any], field: str) -> None:
    whole = {"key": "k", "name": "n", "version": "1", "kind": "api_key", "base_url": "https://e.com"} | parts
    with pytest.raises(Invalid) as refused:
        integrations.checked(**whole)
    assert (refused.value.field or "").startswith(field)


async def test_an_integration_is_made_changed_and_deleted_with_its_secrets(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        made = make_integration(tx, keys, workspace, details={"tags": ["a"], "description": "d"})
        with pytest.raises(AlreadyExists):
            make_integration(tx, keys, workspace)
        connection = make_connection(tx, keys, made)
        changed = integrations.update(
            tx,
            root_keys=keys,
            workspace_id=workspace.id,
            key="github",
            fields={"version": "2", "details": {"description": "e"}},
            may_open=False,
            actor="user:ann",
            now=NOW,
        )
        assert (changed.version, changed.details.tags, changed.details.description) == ("2", ["a"], "e")
        with pytest.raises(Invalid, match="has connections"):
            integrations.update(
                tx,
                root_keys=keys,
                workspace_id=workspace.id,
                key="github",
                fields={"kind": "none"},
                may_open=False,
                actor="user:ann",
                now=NOW,
            )
        with pytest.raises(Denied, match="administrator"):
            integrations.update(
                tx,
                root_keys=keys,
                workspace_id=workspace.id,
                key="github",
                fields={"base_url": "http://10.0.0.1"},
                may_open=False,
                actor="user:ann",
                now=NOW,
            )
        integrations.delete(tx, workspace_id=workspace.id, key="github", actor="user:ann", now=NOW)
        assert vault.unseal(tx, root_keys=keys, workspace_id=workspace.id, names=[connection.place]) == {}
        with pytest.raises(NotFound):
            integrations.get_connection(tx, workspace_id=workspace.id, connection_id=connection.id)

    await run(db, scenario)


async def test_without_sign_in_there_is_one_connection_that_every_app_has(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        made = make_integration(tx, keys, workspace, kind="none")
        (only,) = integrations.connections_of(tx, integration=made)
        assert only.builtin
        chosen = integrations.choose(tx, integration=made, app_id=7, given=None)
        assert chosen.id == only.id == integrations.choose(tx, integration=made, app_id=7, given=str(only.id)).id
        with pytest.raises(Invalid):
            integrations.disconnect(tx, workspace_id=workspace.id, connection_id=only.id, actor="user:ann", now=NOW)
        with pytest.raises(Invalid):
            make_connection(tx, keys, made)

    await run(db, scenario)


async def test_a_connection_is_found_by_id_by_name_and_by_saying_nothing(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        shop, other = make_app(tx, workspace), make_app(tx, workspace, 131, "other")
        made = make_integration(tx, keys, workspace, kind="basic")
        first = make_connection(tx, keys, made, name="one", secrets={"user": "joe", "password": "pw-1"}, apps=[other])
        second = make_connection(tx, keys, made, name="two", secrets={"user": "joe", "password": "pw-2"}, apps=[shop])
        third = make_connection(tx, keys, made, name="three", secrets={"user": "eva", "password": "pw-3"})

        def chosen(given: Any, app_id: int | None = shop, default: int | None = None) -> int:
            return integrations.choose(tx, integration=made, app_id=app_id, given=given, default=default).id

        assert chosen(second.id) == chosen(str(second.id)) == chosen("two") == second.id
        assert chosen(None) == chosen("") == second.id, "the oldest that the app may use"
        assert chosen(None, default=third.id) == third.id
        elsewhere = make_connection(tx, keys, make_integration(tx, keys, workspace, key="elsewhere"))
        assert chosen(None, default=elsewhere.id) == second.id, "a default of another integration does not count"
        with pytest.raises(Denied):
            chosen(None, default=first.id)  # never another account in the place of the one that was asked for
        assert chosen("joe") == second.id, "of several with this user one is enabled"
        assert chosen("eva") == chosen("eva", other) == third.id
        for given, app_id, error in (
            (first.id, shop, Denied),
            ("one", shop, Denied),
            ("joe", None, Invalid),
            ("nobody", shop, NotFound),
            (10**30, shop, NotFound),
            ("9" * 30, shop, NotFound),
            (-4, shop, NotFound),
            ("a\0b", shop, NotFound),
        ):
            with pytest.raises(error):
                chosen(given, app_id)
        foreign = make_integration(tx, keys, make_workspace(tx))
        theirs = make_connection(tx, keys, foreign)
        with pytest.raises(NotFound):
            chosen(theirs.id)
        both = integrations.enabled(tx, workspace_id=workspace.id, app_id=shop, integrations=[made.id])
        assert [one.id for one in both] == [second.id, third.id]

    await run(db, scenario)


async def test_opening_an_account_leaves_an_audit_row_and_shows_no_secret(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        made = make_integration(tx, keys, workspace)
        connection = make_connection(tx, keys, made)
        origin = Origin(workspace_id=workspace.id, actor="app:shop", address="::1", request_id="r")
        account, missing = integrations.open_account(
            tx,
            root_keys=keys,
            workspace_id=workspace.id,
            key="github",
            app_id=None,
            given=[None, "nobody"],
            default=None,
            origin=origin,
            now=NOW,
        )
        assert isinstance(account, Account)
        assert isinstance(missing, NotFound)
        assert account.secrets.key == "canary-key-1"
        assert "canary" not in f"{account!r} {account.secrets} {NewConnection(secrets={'key': 'canary'})!r}"
        (row,) = audit.list_for(tx, workspace_id=workspace.id)
        assert (row.action, row.actor, row.target) == ("connection.read", "app:shop", "github/ann@example.com")
        read = integrations.get_connection(tx, workspace_id=workspace.id, connection_id=connection.id)[1]
        assert (read.read_at, read.read_by) == (NOW, "app:shop")

    await run(db, scenario)


async def test_the_secrets_of_connections_are_rotated_with_all_others(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        made = make_integration(tx, keys, workspace)
        connection = make_connection(tx, keys, made)
        step = vault.rotate(tx, root_keys=keys, begin=True, now=NOW + SECOND)
        assert (step.done, step.rewrapped) == (True, 1)
        found = vault.unseal(tx, root_keys=keys, workspace_id=workspace.id, names=[connection.place])
        assert '"canary-key-1"' in found[connection.place].reveal()

    await run(db, scenario)


async def test_a_connection_is_changed_part_by_part(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        shop = make_app(tx, workspace)
        made = make_integration(tx, keys, workspace)
        connection = make_connection(tx, keys, made)
        make_connection(tx, keys, made, name="other")

        def changed(**parts: Any) -> Connection:
            return integrations.reconnect(
                tx,
                root_keys=keys,
                workspace_id=workspace.id,
                connection_id=connection.id,
                connection=NewConnection(**parts),
                actor="user:ann",
                now=NOW,
            )

        assert connection.every_app
        assert changed(apps=[shop]).apps == (shop,)
        assert not changed(concurrency=3, calls_per_minute=60).every_app
        assert changed(every_app=True).apps == ()
        assert changed(calls_per_minute=0).calls_per_minute is None
        assert changed(secrets={"key": "canary-key-2"}).secret_version == 2
        for parts, error in (
            ({"name": "other"}, AlreadyExists),
            ({"name": "12"}, Invalid),
            ({"apps": [99]}, Invalid),
            ({"concurrency": 0}, Invalid),
            ({"secrets": {"password": "x"}}, Invalid),
            ({"secrets": {"key": ""}}, Invalid),
            ({"secrets": {"key": "k" * 70_000}}, Invalid),
        ):
            with pytest.raises(error), tx.savepoint():
                changed(**parts)

    await run(db, scenario)


async def test_one_renews_tokens_at_a_time_and_a_refusal_breaks_the_connection(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        made = make_integration(tx, keys, workspace, kind="oauth2", details=OAUTH, secret="client-canary")
        connection = make_connection(tx, keys, made, secrets={"access_token": "a", "refresh_token": "r"})
        assert integrations.claim_refresh(tx, connection=connection, now=NOW, until=NOW + 30 * SECOND)
        assert not integrations.claim_refresh(tx, connection=connection, now=NOW, until=NOW + 30 * SECOND)
        later = NOW + 31 * SECOND
        assert integrations.claim_refresh(tx, connection=connection, now=later, until=later + 1), "a server that died"
        tokens = Tokens(access_token="b", refresh_token=None, expires_at=later)
        stored = integrations.store_tokens(tx, root_keys=keys, connection=connection, tokens=tokens, now=later)
        assert (stored.secret_version, stored.token_expires_at) == (2, later)
        again = integrations.store_tokens(tx, root_keys=keys, connection=connection, tokens=tokens, now=later)
        assert again == stored, "what was read earlier must not replace newer tokens"
        integrations.break_connection(tx, connection=connection, reason="late", now=later)
        assert integrations.get_connection(tx, workspace_id=workspace.id, connection_id=stored.id)[1].broken is None
        integrations.break_connection(tx, connection=stored, reason="revoked", now=later)
        broken = integrations.get_connection(tx, workspace_id=workspace.id, connection_id=stored.id)[1]
        assert broken.broken == "revoked"
        secret = integrations.client_secret(
            tx, root_keys=keys, integration=integrations.get(tx, workspace_id=workspace.id, key=made.key)
        )
        assert secret is not None
        assert secret.reveal() == "client-canary"

    await run(db, scenario)


async def test_a_state_works_once_in_time_and_for_whoever_began(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        make_integration(tx, keys, workspace, kind="oauth2", details=OAUTH)
        make_integration(tx, keys, workspace, key="plain")

        def begin(*, session: bool = False, key: str = "github", wishes: Wishes | None = None) -> str:
            return integrations.begin_oauth(
                tx,
                workspace_id=workspace.id,
                key=key,
                wishes=wishes or Wishes(name="n"),
                redirect_uri="https://b/cb",
                session=session,
                actor="user:ann",
                now=NOW,
            )[1]

        taken = integrations.take_state(tx, state=begin(), visitor=None, now=NOW)
        assert (taken.wishes.name, taken.redirect_uri, taken.integration.key) == ("n", "https://b/cb", "github")
        used = begin()
        integrations.take_state(tx, state=used, visitor=None, now=NOW)
        for state, visitor, now in (
            (used, None, NOW),
            ("made up", None, NOW),
            (begin(), None, NOW + 601 * SECOND),
            (begin(session=True), None, NOW),
            (begin(session=True), (workspace.id, "user:eve"), NOW),
            (begin(session=True), (workspace.id + 1, "user:ann"), NOW),
        ):
            with pytest.raises(Denied) as denied:
                integrations.take_state(tx, state=state, visitor=visitor, now=now)
            assert denied.value.code == "oauth_state"
        state = begin(session=True)
        assert integrations.take_state(tx, state=state, visitor=(workspace.id, "user:ann"), now=NOW).session
        with pytest.raises(Invalid):
            begin(key="plain")
        with pytest.raises(NotFound):
            begin(wishes=Wishes(connection_id=12345))
        begin()
        assert integrations.delete_expired(tx, now=NOW + 700 * SECOND) >= 1

    await run(db, scenario)


async def test_calls_are_written_in_sets_listed_newest_first_and_pruned(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        made = make_integration(tx, keys, workspace)
        call = Call(
            workspace_id=workspace.id,
            integration_id=made.id,
            connection_id=1,
            app_id=None,
            task_id=None,
            actor="app:shop",
            method="GET",
            url="https://e/ü",
            status=200,
            reason=None,
            duration=5,
            sent=0,
            received=2,
            request="",
            response='{"a":"%s"}',
            at=NOW,
        )
        gone = {name: getattr(call, name) for name in call.__struct_fields__} | {"integration_id": 999_999}
        integrations.append_calls(tx, calls=[call, Call(**gone), call])
        found = integrations.calls_of(tx, integration=made)
        assert [(one.url, one.response, one.connection_id) for one in found] == [("https://e/ü", '{"a":"%s"}', 1)] * 2
        assert found[0].id > found[1].id
        assert integrations.calls_of(tx, integration=made, before=found[0].id) == [found[1]]
        assert integrations.prune(tx, before=NOW) == 0
        assert integrations.prune(tx, before=NOW + 1) == 2

    await run(db, scenario)


def test_every_refusal_says_what_to_do() -> None:
    with pytest.raises(BotyardError) as refused:
        integrations.checked(key="k", name="n", version="1", kind="api-key", base_url="https://e.com")
    assert refused.value.hint == 'The closest is "api_key".'
