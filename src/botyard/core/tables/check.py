"""What a table may be called and made of, checked before anything is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.base.exceptions import Invalid, closest
from botyard.core.tables.model import BUILT_IN, Definition, Field, unique_constraints
from botyard.core.tables.values import checked_default

MAX_FIELDS = 200
MAX_TABLES = 200
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,49}")
#: Columns that PostgreSQL or SQLite give every table.
_RESERVED = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid", "rowid", "_rowid_"})
#: What types and root fields of a table are called beside its own name (contract automio, sections d.6 and d.7).
SUFFIXES = (
    "aggregate", "by_pk", "one", "many", "bool_exp", "order_by", "insert_input", "set_input", "inc_input",
    "pk_columns_input", "on_conflict", "updates", "obj_rel_insert_input", "arr_rel_insert_input", "append_input",
    "prepend_input", "delete_key_input", "delete_elem_input", "delete_at_path_input", "constraint", "update_column",
    "select_column", "mutation_response", "aggregate_fields", "aggregate_order_by", "aggregate_bool_exp",
    *(f"{function}_{kind}" for kind in ("fields", "order_by") for function in (
        "avg", "sum", "min", "max", "stddev", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "variance",
    )),
)  # fmt: skip
#: What no value of an enum may be called in GraphQL, and columns are such values.
_NO_ENUM = frozenset({"true", "false", "null"})


def check_table_name(name: Any, others: Sequence[str], *, field: str = "name") -> str:
    """Return `name` when a table beside `others` can have it. Raises Invalid."""
    clean = check_name(name, field=field)
    for other in others:
        if clean.lower() == other.lower():
            raise Invalid(f'The app has a table "{other}" already.', hint="Choose another name.", field=field)
        for one, two in ((clean, other), (other, clean)):
            if any(one == f"{two}_{suffix}" for suffix in SUFFIXES):
                raise Invalid(
                    f'A table "{clean}" cannot be beside "{other}": a type of one has the name of the other.',
                    hint="Choose another name.",
                    field=field,
                )
    return clean


def check_name(name: Any, *, field: str) -> str:
    """Return `name` when a table or field can have it (contract automio, section d.1). Raises Invalid."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Invalid(
            f"{ascii(name)[:80]} cannot be the name of a table or field.",
            hint="Use letters, digits and _, up to 50, beginning with a letter.",
            field=field,
        )
    return name


def checked_definition(found: Any, *, tables: Sequence[str], path: str = "") -> Definition:
    """Return a definition read from JSON. Raises Invalid naming the part at fault, such as `fields[2].type`.

    `tables` are the tables that relationships may lead to, the new one among them.
    """
    prefix = f"{path}." if path else ""
    entries = found.get("fields", [])
    if not isinstance(entries, list) or len(entries) > MAX_FIELDS:
        raise Invalid(f"Fields must be a list of at most {MAX_FIELDS}.", field=f"{prefix}fields")
    fields = tuple(_field(entry, f"{prefix}fields[{number}]", tables) for number, entry in enumerate(entries))
    _check_columns(fields, prefix)
    columns = {column.name for field in fields if (column := field.column)}
    together = _column_lists(found.get("unique_together", []), columns, f"{prefix}unique_together")
    search = _columns(found.get("search_fields", []), columns, f"{prefix}search_fields")
    definition = Definition(fields=fields, unique_together=together, search_fields=search)
    _check_constraints(definition, f"{prefix}unique_together")
    return definition


def _check_constraints(definition: Definition, path: str) -> None:
    """Raise Invalid when two rules would have one name."""
    names = [constraint.name for constraint in unique_constraints(0, "", definition)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Invalid(
            f"Two unique rules would both be called {twice[0].replace('uq__', 'uq_<table>_')}.",
            hint="Name the fields of one in another order, or rename a field.",
            field=path,
        )


def _field(entry: Any, path: str, tables: Sequence[str]) -> Field:
    if not isinstance(entry, dict):
        raise Invalid("A field must be an object.", hint="Write {name: title, type: text}.", field=path)
    known = list(Field.__struct_fields__)
    for key in entry:
        if key not in known:
            raise Invalid(
                f'A field has no key "{str(key)[:80]}".',
                hint=closest(str(key), known) or f"Its keys are {', '.join(known)}.",
                field=f"{path}.{key}",
            )
    check_name(entry.get("name"), field=f"{path}.name")
    try:
        field = msgspec.convert(entry, type=Field)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        inner = place.removesuffix("`")
        raise Invalid(f"{reason}.", hint="See docs/tables.md.", field=f"{path}{inner}") from None
    _check_relationship(field, path, tables)
    return msgspec.structs.replace(field, default=checked_default(field, f"{path}.default"))


def _check_relationship(field: Field, path: str, tables: Sequence[str]) -> None:
    relates = field.type in ("foreign_key", "many_to_many")
    if relates and field.to not in tables:
        raise Invalid(
            f'"{field.name}" leads to the table "{field.to[:80]}", which the app does not have.',
            hint=closest(field.to, list(tables)) or "Name a table of this app in `to`.",
            field=f"{path}.to",
        )
    if not relates and field.to:
        raise Invalid("Only foreign_key and many_to_many lead to a table.", field=f"{path}.to")
    if field.type == "many_to_many" and (field.required or field.unique):
        raise Invalid("A many_to_many field cannot be required or unique.", field=path)
    if field.on_delete == "set_null" and field.required:
        raise Invalid("A required field cannot be emptied.", hint="Use restrict or cascade.", field=f"{path}.on_delete")
    if field.type == "select" and not field.choices:
        raise Invalid("A select field needs choices.", hint="Write choices: [{value: a}].", field=f"{path}.choices")


def _check_columns(fields: Sequence[Field], prefix: str) -> None:
    seen = {name.lower(): name for name in BUILT_IN}
    for number, field in enumerate(fields):
        names = {field.name, field.column.name if field.column else f"{field.name}_aggregate"}
        for name in names:
            if name in _NO_ENUM:
                raise Invalid(f'A field cannot be called "{name}".', field=f"{prefix}fields[{number}].name")
            if name.lower() in seen or name.lower() in _RESERVED:
                raise Invalid(
                    f'"{name}" is taken: every table has it, or another field does.',
                    hint="Choose another name; upper and lower case are not told apart.",
                    field=f"{prefix}fields[{number}].name",
                )
        seen |= {name.lower(): name for name in names}


def _column_lists(found: Any, columns: set[str], path: str) -> tuple[tuple[str, ...], ...]:
    if not isinstance(found, list):
        raise Invalid("This must be a list of lists of fields.", field=path)
    lists = tuple(_columns(entry, columns, f"{path}[{number}]") for number, entry in enumerate(found))
    for number, names in enumerate(lists):
        if len(names) < 2:
            raise Invalid("At least two fields.", hint="Use unique: true for one.", field=f"{path}[{number}]")
        if names in lists[:number]:
            raise Invalid("This is said twice.", field=f"{path}[{number}]")
    return lists


def _columns(found: Any, columns: set[str], path: str) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise Invalid("This must be a list of fields.", field=path)
    names = []
    for number, name in enumerate(found):
        column = name if name in columns else f"{name}_id"
        if not isinstance(name, str) or column not in columns:
            raise Invalid(
                f"{ascii(name)[:80]} is not a field of this table.",
                hint=closest(str(name), sorted(columns)),
                field=f"{path}[{number}]",
            )
        names.append(column)
    if len(set(names)) != len(names):
        raise Invalid("A field is named twice.", field=path)
    return tuple(names)
