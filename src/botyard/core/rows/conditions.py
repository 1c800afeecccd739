"""What people ask of columns, as filters."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.base.exceptions import Invalid, closest
from botyard.core.rows.choose import choose
from botyard.core.rows.model import Condition, operators_for
from botyard.core.rows.texts import from_text
from botyard.core.tables import Schema, Table
from botyard.storage import Tx
from botyard.storage.rows import Column, Compare, Every, Filter, Not, Related

_MAX_CONDITIONS = 50
#: How many rows of another table a name may stand for.
_MAX_NAMED = 200


def filters_of(tx: Tx, schema: Schema, table: Table, conditions: Sequence[Condition]) -> list[Filter]:
    """Return the filters that hold where every condition does. Raises Invalid naming a column."""
    if len(conditions) > _MAX_CONDITIONS:
        raise Invalid(f"More than {_MAX_CONDITIONS} conditions.", hint="Use fewer.", field="filter")
    return [_filter(tx, schema, table, condition) for condition in conditions]


def column_of(table: Table, name: str) -> Column:
    """Return a column of a table. Raises Invalid naming the closest."""
    column = table.columns.get(name)
    if column is None:
        raise Invalid(
            f'The table has no column "{name[:80]}".', hint=closest(name, list(table.columns)), field=name[:80]
        )
    return column


def _filter(tx: Tx, schema: Schema, table: Table, condition: Condition) -> Filter:
    known = operators_for(table, condition.column)
    name = condition.column if known else column_of(table, condition.column).name
    if condition.operator not in known:
        raise Invalid(
            f'"{condition.operator[:40]}" cannot be asked of "{name}".',
            hint=f"Use one of {', '.join(known)}.",
            field=name,
        )
    if name not in table.columns:
        return _linked(tx, schema, table, condition)
    column = table.columns[name]
    if condition.operator in ("empty", "filled"):
        return Compare(column=column, operator="is_null", value=condition.operator == "empty")
    if condition.operator == "named":
        return Compare(column=column, operator="in", value=_called(tx, schema, table, condition))
    value = from_text(column, condition.value)
    if value is None:
        raise _no_value(name)
    if condition.operator in ("has", "begins"):
        escaped = str(value).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        pattern = f"%{escaped}%" if condition.operator == "has" else f"{escaped}%"
        return Compare(column=column, operator="ilike", value=pattern)
    return Compare(column=column, operator=condition.operator, value=value)


def _linked(tx: Tx, schema: Schema, table: Table, condition: Condition) -> Filter:
    """Return the filter on what rows are linked with by a many_to_many field."""
    link, _ = schema.links(table.name)[condition.column]
    if condition.operator == "named":
        called = _called(tx, schema, table, condition)
        return Related(link=link, where=Compare(column=link.target.column("id"), operator="in", value=called))
    some = Related(link=link, where=Every(parts=()))
    return some if condition.operator == "filled" else Not(part=some)


def _called(tx: Tx, schema: Schema, table: Table, condition: Condition) -> list[str]:
    """Return the ids of the rows at the other end that are called so."""
    if not condition.value.strip():
        raise _no_value(condition.column)
    field = next(
        each for each in table.definition.fields if each.to and condition.column in (each.name, f"{each.name}_id")
    )
    found = choose(tx, table=schema.tables[field.to], typed=condition.value, by=field.display_field, limit=_MAX_NAMED)
    return list(found)


def _no_value(name: str) -> Invalid:
    return Invalid(f'The condition on "{name}" has no value.', hint="Fill it in.", field=name)
