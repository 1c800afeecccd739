"""Finding automations."""

from __future__ import annotations

from botyard.base.exceptions import NotFound, closest
from botyard.core.automations.model import Automation
from botyard.storage import Select, Tx, load_queries

#: No list is counted further than this.
COUNT_CAP = 10_000

sql = load_queries(__package__)

_SOURCE = (
    "automations a "
    "LEFT JOIN packages p ON p.id = a.package_id "
    "LEFT JOIN package_versions v ON v.package_id = p.id AND v.version = p.released"
)
_COLUMNS = "a.*, v.version AS package_version, v.digest AS package_digest, v.dialect AS package_dialect"


def find(tx: Tx, *, workspace_id: int, label: str) -> Automation | None:
    """Return the automation of that label, or None."""
    row = tx.one(sql.find, workspace_id=workspace_id, label=label)
    return Automation.from_row(row) if row else None


def get(tx: Tx, *, workspace_id: int, label: str) -> Automation:
    """Return the automation of that label. Raises NotFound, with the closest label as a hint."""
    found = find(tx, workspace_id=workspace_id, label=label)
    if found is None:
        near = closest(label[:100], labels(tx, workspace_id=workspace_id))
        raise NotFound(
            f'The automation "{label[:100]}" does not exist.',
            hint=near or "Check the label, or create it with botyard deploy.",
        )
    return found


def get_by_id(tx: Tx, *, workspace_id: int, automation_id: str) -> Automation:
    """Return the automation of that id. Raises NotFound, for another workspace's as for a random id."""
    row = tx.one(sql.get_by_id, workspace_id=workspace_id, id=automation_id)
    if row is None:
        raise NotFound(
            f'The automation "{automation_id[:100]}" does not exist.',
            hint="Check the id.",
        )
    return Automation.from_row(row)


def labels(tx: Tx, *, workspace_id: int, limit: int = 1000) -> list[str]:
    """Return the first `limit` labels in their order."""
    return [row["label"] for row in tx.all(sql.labels, workspace_id=workspace_id, limit=limit)]


def search(
    tx: Tx,
    *,
    workspace_id: int,
    text: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[Automation]:
    """Return automations in the order of labels, those after the label `after`, with `text` in label or name."""
    select = _filtered(workspace_id, text)
    if after is not None:
        select = select.where("a.label > :after", after=after)
    return [Automation.from_row(row) for row in tx.all_of(select.order_by("a.label").limit(limit))]


def page(
    tx: Tx, *, workspace_id: int, offset: int, limit: int, text: str | None = None, label: str | None = None
) -> tuple[list[Automation], int]:
    """Return a numbered page in the order of labels, and how many match (counted to 10,000)."""
    select = _filtered(workspace_id, text)
    if label is not None:
        select = select.where("a.label = :label", label=label.replace("\0", ""))
    rows = tx.all_of(select.order_by("a.label").limit(limit, offset=offset))
    return [Automation.from_row(row) for row in rows], tx.all_of(select.count(COUNT_CAP))[0]["total"]


def _filtered(workspace_id: int, text: str | None) -> Select:
    select = Select(_SOURCE, _COLUMNS).where("a.workspace_id = :workspace_id", workspace_id=workspace_id)
    if not text:
        return select
    pattern = "%" + text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return select.where(
        "LOWER(a.label) LIKE :pattern ESCAPE '\\' OR LOWER(a.name) LIKE :pattern ESCAPE '\\'",
        pattern=pattern.replace("\0", ""),
    )
