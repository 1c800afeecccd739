"""Which connection a call means: by its id, by its name, or by saying nothing (contract e.2)."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.base import jsontext
from botyard.base.exceptions import BotyardError, Denied, Invalid, NotFound
from botyard.core.integrations.model import Connection, Integration
from botyard.core.integrations.read import get_connection, missing_connection, sql
from botyard.storage import Row, Tx

_MAX_ID = 2**63 - 1
Given = int | str | None


def choose(
    tx: Tx, *, integration: Integration, app_id: int | None, given: Given, default: int | None = None
) -> Connection:
    """Return the connection that `given` means to an app; None means `default`, else the oldest that it may use.

    A `default` of another integration does not count. Raises NotFound, Invalid for a name that several have, and Denied
    (403) for one that the app may not use: never is another account taken in its place.
    """
    (found,) = choose_many(tx, integration=integration, app_id=app_id, given=[given], default=default)
    if isinstance(found, BotyardError):
        raise found
    return found


def check_usable(tx: Tx, *, workspace_id: int, app_id: int, connection_id: int) -> None:
    """Raise NotFound for a connection that the workspace does not have, Denied for one that the app may not use."""
    integration, connection = get_connection(tx, workspace_id=workspace_id, connection_id=connection_id)
    if not connection.serves(app_id):
        raise _not_enabled(integration, connection.name)


def run_connection(tx: Tx, *, task_id: int) -> int | None:
    """Return the connection that a run of an action was started with, if any."""
    row = tx.one(sql.run_connection, task_id=task_id)
    return row["connection_id"] if row else None


def choose_many(
    tx: Tx, *, integration: Integration, app_id: int | None, given: Sequence[Given], default: int | None = None
) -> list[Connection | BotyardError]:
    """Return for each of `given` what `choose` would return or raise."""
    wanted = [_normal(one) for one in given]
    ids = {one for one in (*wanted, default) if isinstance(one, int)}
    names = {one for one in wanted if isinstance(one, str)}
    rows = (
        tx.all(
            sql.named,
            integration_id=integration.id,
            ids=jsontext.encode(sorted(ids)),
            names=jsontext.encode(sorted(names)),
        )
        if ids or names
        else []
    )
    fallback = _fallback(tx, integration, rows, app_id=app_id, default=default) if None in wanted else None
    answers = {one: _one(integration, rows, one, app_id) if one is not None else fallback for one in set(wanted)}
    return [answers[one] or _none_enabled(integration, app_id) for one in wanted]


def _normal(given: Given) -> Given:
    """Return an id as a number, whatever it came as; a name as it is; None for what names nothing."""
    if isinstance(given, int):
        return given if 0 < given <= _MAX_ID else -1
    text = (given or "").strip().replace("\0", "")
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 19 and 0 < int(text) <= _MAX_ID else -1
    return text or None


def _one(integration: Integration, rows: list[Row], given: int | str, app_id: int | None) -> Connection | BotyardError:
    found = [row for row in rows if row["id"] == given or given in (row["name"], row["uid"])]
    if not found:
        return missing_connection(given if given != -1 else "of that id")
    usable = [connection for connection in map(Connection.from_row, found) if connection.serves(app_id)]
    if not usable:
        return _not_enabled(integration, found[0]["name"])
    if len(usable) > 1:
        return Invalid(
            f'Several connections of the integration "{integration.key}" are called "{given}".',
            hint="Name the one you mean by its id.",
            field="connection_id",
        )
    return usable[0]


def _not_enabled(integration: Integration, name: str) -> Denied:
    return Denied(
        f'The connection "{name}" of the integration "{integration.key}" is not enabled for this app.',
        hint="Enable it for the app under Integrations.",
    )


def _fallback(
    tx: Tx, integration: Integration, rows: list[Row], *, app_id: int | None, default: int | None
) -> Connection | BotyardError | None:
    if default is not None and any(row["id"] == default for row in rows):
        return _one(integration, rows, default, app_id)
    oldest = tx.one(
        sql.default_connections,
        integration_id=integration.id,
        app_id=app_id or 0,
        any_app=int(app_id is None),
    )
    return Connection.from_row(oldest) if oldest else None


def _none_enabled(integration: Integration, app_id: int | None) -> BotyardError:
    if app_id is None:
        return NotFound(
            f'The integration "{integration.key}" has no connection.', hint="Connect an account under Integrations."
        )
    return Denied(
        f'The integration "{integration.key}" has no connection that this app may use.',
        hint="Connect an account under Integrations, or enable one for the app.",
    )
