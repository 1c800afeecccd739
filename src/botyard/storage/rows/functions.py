"""Functions that SQLite lacks, in the meaning that PostgreSQL gives to its operators.

They are known on every connection. Patterns are translated once and kept, and matched in linear time whatever they
say: a pattern from outside must not hold up the server. NULL on either side gives NULL.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec
import re2

from botyard.base.exceptions import Invalid
from botyard.storage.rows import json_order
from botyard.storage.rows.values import json_text

_ESCAPE = "\\"
_PLACE = re.compile(r"-?[0-9]{1,9}")
_PATTERN_MEMORY = 8 * 1024 * 1024


def register(connection: sqlite3.Connection) -> None:
    """Make the functions known to a connection."""
    for name, function, count in _FUNCTIONS:
        connection.create_function(name, count, function, deterministic=True)
    connection.create_collation(json_order.COLLATION, json_order.compare)


def like(value: Any, pattern: Any) -> int | None:
    """Say whether a text matches a LIKE pattern, upper and lower case told apart."""
    return _match(_like_pattern, value, pattern, whole=True, fold=False)


def ilike(value: Any, pattern: Any) -> int | None:
    """Say whether a text matches a LIKE pattern, whatever the case."""
    return _match(_like_pattern, value, pattern, whole=True, fold=True)


def similar(value: Any, pattern: Any) -> int | None:
    """Say whether a text matches a SIMILAR TO pattern."""
    return _match(_similar_pattern, value, pattern, whole=True, fold=False)


def regex(value: Any, pattern: Any) -> int | None:
    """Say whether a regular expression is found in a text."""
    return _match(_as_is, value, pattern, whole=False, fold=False)


def iregex(value: Any, pattern: Any) -> int | None:
    """Say whether a regular expression is found in a text, whatever the case."""
    return _match(_as_is, value, pattern, whole=False, fold=True)


def check_pattern(function: str, pattern: str) -> None:
    """Raise Invalid for a pattern that a matching function cannot read, on whichever database it is to run.

    What only a backtracking engine could match is refused on both: it might take it for ever.
    """
    translate, fold = _TRANSLATIONS[function]
    trailing = len(pattern) - len(pattern.rstrip(_ESCAPE))
    if translate is not _as_is and trailing % 2:
        raise Invalid(
            f'The pattern "{pattern[:80]}" is not valid: it ends with an escape character.', code="bad_pattern"
        )
    try:
        _compiled(translate, pattern, fold)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args else "it cannot be read"
        raise Invalid(f'The pattern "{pattern[:80]}" is not valid: {reason}.', code="bad_pattern") from None


def contains(document: Any, part: Any) -> int | None:
    """Say whether a JSON document contains another, as `@>` does."""
    if document is None or part is None:
        return None
    return int(_contains(msgspec.json.decode(document), msgspec.json.decode(part), top=True))


def contained_in(document: Any, whole: Any) -> int | None:
    """Say whether a JSON document is contained in another."""
    return contains(whole, document)


def has_key(document: Any, key: Any) -> int | None:
    """Say whether a JSON document has a key, or an element that is this text."""
    return None if document is None or key is None else int(msgspec.json.decode(key) in _keys_of(document))


def has_keys_any(document: Any, keys: Any) -> int | None:
    """Say whether a JSON document has at least one of the keys."""
    if document is None or keys is None:
        return None
    return int(bool(_keys_of(document) & set(msgspec.json.decode(keys))))


def has_keys_all(document: Any, keys: Any) -> int | None:
    """Say whether a JSON document has all of the keys."""
    if document is None or keys is None:
        return None
    return int(set(msgspec.json.decode(keys)) <= _keys_of(document))


def append(document: Any, other: Any) -> str | None:
    """Return two JSON documents put together, as `||` does."""
    if document is None or other is None:
        return None
    return json_text(_together(msgspec.json.decode(document), msgspec.json.decode(other)))


def delete_key(document: Any, key: Any) -> str | None:
    """Return a JSON document without a key, or without the elements that are this text."""
    if document is None or key is None:
        return None
    found = msgspec.json.decode(document)
    if isinstance(found, dict):
        found.pop(key, None)
    elif isinstance(found, list):
        found = [entry for entry in found if entry != key]
    else:
        raise _unfit("A key cannot be deleted from a value that is no object.")
    return json_text(found)


def delete_element(document: Any, place: Any) -> str | None:
    """Return a JSON array without the element at a place, which counts from the end when negative."""
    if document is None or place is None:
        return None
    found = msgspec.json.decode(document)
    if not isinstance(found, list):
        raise _unfit("An element cannot be deleted from a value that is no array.")
    if -len(found) <= place < len(found):
        del found[place]
    return json_text(found)


def delete_path(document: Any, path: Any) -> str | None:
    """Return a JSON document without what a path of keys and places leads to."""
    if document is None or path is None:
        return None
    found = msgspec.json.decode(document)
    if not isinstance(found, dict | list):
        raise _unfit("A path leads nowhere in a value that is neither object nor array.")
    *way, last = msgspec.json.decode(path) or [None]
    inner: Any = found
    for step in way:
        inner = _step(inner, step)
    if isinstance(inner, dict):
        inner.pop(last, None)
    elif isinstance(inner, list) and last is not None and -len(inner) <= _place(last) < len(inner):
        del inner[_place(last)]
    return json_text(found)


def _match(translate: Callable[[str], str], value: Any, pattern: Any, *, whole: bool, fold: bool) -> int | None:
    if value is None or pattern is None:
        return None
    compiled = _compiled(translate, str(pattern), fold)
    text = str(value)
    return int((compiled.fullmatch(text) if whole else compiled.search(text)) is not None)


@lru_cache(maxsize=256)
def _compiled(translate: Callable[[str], str], pattern: str, fold: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    options.case_sensitive = not fold
    options.max_mem = _PATTERN_MEMORY
    return re2.compile(translate(pattern), options=options)


def _as_is(pattern: str) -> str:
    return pattern


def _like_pattern(pattern: str) -> str:
    parts, escaped = [], False
    for sign in pattern:
        if escaped:
            parts.append(re2.escape(sign))
            escaped = False
        elif sign == _ESCAPE:
            escaped = True
        else:
            parts.append({"%": ".*", "_": "."}.get(sign) or re2.escape(sign))
    return "".join(parts)


def _similar_pattern(pattern: str) -> str:
    parts, escaped, in_class = [], False, False
    for sign in pattern:
        if escaped:
            parts.append(re2.escape(sign))
            escaped = False
        elif sign == _ESCAPE:
            escaped = True
        elif in_class:
            in_class = sign != "]"
            parts.append(sign)
        elif sign == "[":
            in_class = True
            parts.append(sign)
        else:
            parts.append({"%": ".*", "_": "."}.get(sign) or (sign if sign in "|*+?{}()" else re2.escape(sign)))
    return "".join(parts)


def _contains(whole: Any, part: Any, *, top: bool = False) -> bool:
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and _contains(whole[key], value) for key, value in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return all(any(_contains(entry, wanted) for entry in whole) for wanted in part)
    if top and isinstance(whole, list) and not isinstance(part, dict):
        return any(_contains(entry, part) for entry in whole)
    return (type(whole) is type(part) and bool(whole == part)) or _numbers_alike(whole, part)


def _numbers_alike(one: Any, other: Any) -> bool:
    plain = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other))
    return plain and bool(one == other)


def _keys_of(document: str) -> set[str]:
    found = msgspec.json.decode(document)
    if isinstance(found, dict):
        return set(found)
    entries = found if isinstance(found, list) else [found]
    return {entry for entry in entries if isinstance(entry, str)}


def _together(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **other}
    return [*(one if isinstance(one, list) else [one]), *(other if isinstance(other, list) else [other])]


def _step(document: Any, step: str) -> Any:
    if isinstance(document, dict):
        return document.get(step)
    if isinstance(document, list) and -len(document) <= _place(step) < len(document):
        return document[_place(step)]
    return None


def _place(step: str) -> int:
    if _PLACE.fullmatch(step) is None:
        raise _unfit(f'"{step[:40]}" is no place in an array.')
    return int(step)


def _unfit(message: str) -> Invalid:
    """Return what a statement fails with where the database's own operator would refuse the value."""
    return Invalid(message, hint="Look at the values that are to be changed.")


_TRANSLATIONS: dict[str, tuple[Callable[[str], str], bool]] = {
    "botyard_like": (_like_pattern, False),
    "botyard_ilike": (_like_pattern, True),
    "botyard_similar": (_similar_pattern, False),
    "botyard_regex": (_as_is, False),
    "botyard_iregex": (_as_is, True),
}

_FUNCTIONS: tuple[tuple[str, Callable[..., Any], int], ...] = (
    ("botyard_like", like, 2),
    ("botyard_ilike", ilike, 2),
    ("botyard_similar", similar, 2),
    ("botyard_regex", regex, 2),
    ("botyard_iregex", iregex, 2),
    ("botyard_contains", contains, 2),
    ("botyard_contained_in", contained_in, 2),
    ("botyard_has_key", has_key, 2),
    ("botyard_has_keys_any", has_keys_any, 2),
    ("botyard_has_keys_all", has_keys_all, 2),
    ("botyard_append", append, 2),
    ("botyard_delete_key", delete_key, 2),
    ("botyard_delete_element", delete_element, 2),
    ("botyard_delete_path", delete_path, 2),
)
