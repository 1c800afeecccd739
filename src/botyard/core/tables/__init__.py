"""Tables of an app: rows with typed fields, which people and bots read and change.

A table is a real one in the database, with real types, indexes and constraints. Its definition can be changed while it
is in use; each change is a version, and a table can go back to an earlier one. A field that is taken away keeps its
values out of sight, so that it can come back with them. Every row belongs to an organization, and no statement ever
sees another one's.
"""

from botyard.core.tables.check import MAX_FIELDS, MAX_TABLES, SUFFIXES, check_name, check_table_name, checked_definition
from botyard.core.tables.model import (
    BUILT_IN,
    Choice,
    Constraint,
    Definition,
    Field,
    Hidden,
    Table,
    physical,
)
from botyard.core.tables.read import TOPIC, Schema, Version, get, load, schema_version, topic, versions
from botyard.core.tables.tags import MAX_TAGS, Tag, add_tag, list_tags
from botyard.core.tables.values import check_choice, checked, from_micros
from botyard.core.tables.write import change, create, drop, revert

__all__ = [
    "BUILT_IN",
    "MAX_FIELDS",
    "MAX_TABLES",
    "MAX_TAGS",
    "SUFFIXES",
    "TOPIC",
    "Choice",
    "Constraint",
    "Definition",
    "Field",
    "Hidden",
    "Schema",
    "Table",
    "Tag",
    "Version",
    "add_tag",
    "change",
    "check_choice",
    "check_name",
    "check_table_name",
    "checked",
    "checked_definition",
    "create",
    "drop",
    "from_micros",
    "get",
    "list_tags",
    "load",
    "physical",
    "revert",
    "schema_version",
    "topic",
    "versions",
]
