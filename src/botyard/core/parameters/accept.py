"""Check what a task is given against what its automation declares."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.core.parameters.convert import NOT_OF_TYPE, convert, described

Declared = Sequence[Mapping[str, Any]]


class Link(NamedTuple):
    """A file to fetch before a task can run; `position` is its place in a list, 0 for a single file."""

    parameter: str
    position: int
    url: str


def accept(declared: Declared, values: Mapping[str, Any], *, strict: bool = False) -> dict[str, Any]:
    """Return the values under the declared names, each as the declared type. Raises Invalid naming the parameter.

    Names match whatever their case. Otherwise than `strict`, a text that says a value of the type will do ("12" for
    12), what is not declared passes as it is, and what is missing stays missing. Strictly, a value has its type's own
    form in JSON, what is not declared is left out, and what is missing is null. Date-times become UTC with `Z`.
    """
    inputs = {entry["name"]: entry for entry in declared if entry["scope"] != "Out"}
    accepted: dict[str, Any] = dict.fromkeys(inputs) if strict else {}
    given: set[str] = set()
    for name, key in _matched(inputs, values):
        if name is None:
            if not strict:
                accepted[key] = values[key]
        elif name in given:
            raise Invalid(
                f'Parameter "{name}" is given twice, once as "{key[:100]}".',
                hint="Case makes no difference; give it once.",
                field=f"parameters.{name}",
            )
        else:
            given.add(name)
            accepted[name] = _value(inputs[name], values[key], strict=strict)
    return accepted


def links_of(declared: Declared, accepted: Mapping[str, Any], *, strict: bool = False) -> list[Link]:
    """Return the files that must be fetched for accepted values.

    Those are the links of http and https; strictly, everything that a file parameter was given.
    """
    links: list[Link] = []
    for entry in declared:
        if entry["type"] != "file" or entry["scope"] == "Out":
            continue
        value = accepted.get(entry["name"])
        for position, item in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(item, str) and (strict or item.strip().lower().startswith(("http://", "https://"))):
                links.append(Link(entry["name"], position, item.strip()))
    return links


def without_queries(accepted: Mapping[str, Any], links: Sequence[Link]) -> dict[str, Any]:
    """Return accepted values with the links in them shortened to what holds no key: no user, query or fragment."""
    shortened = dict(accepted)
    for link in links:
        value = shortened[link.parameter]
        if isinstance(value, list):
            shortened[link.parameter] = [*value[: link.position], _plain(link.url), *value[link.position + 1 :]]
        else:
            shortened[link.parameter] = _plain(link.url)
    return shortened


def _plain(url: str) -> str:
    address, mark, _ = url.partition("?")
    address = address.partition("#")[0]
    scheme, slashes, rest = address.partition("//")
    host, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}{'?…' if mark else ''}"


def _matched(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    """Yield each given key with the declared name it means, None for one that means none."""
    folded: dict[str, str] = {}
    for name in inputs:
        folded.setdefault(name.lower(), name)
    for key in values:
        yield (key if key in inputs else folded.get(_folded(key))), key


def _folded(key: str) -> str:
    return (key if key.isascii() else unicodedata.normalize("NFC", key)).strip().lower()


def _value(entry: Mapping[str, Any], value: Any, *, strict: bool) -> Any:
    name, kind = entry["name"], entry["type"]
    if not entry["array"]:
        return _converted(kind, value, strict=strict, name=name, field=f"parameters.{name}")
    items = _list(value) if isinstance(value, str) and not strict else value
    if items is None:
        return None
    if not isinstance(items, list):
        raise _refusal(name, described(kind, array=True), value, f"parameters.{name}")
    return [
        _converted(kind, item, strict=strict, name=f"{name}[{number}]", field=f"parameters.{name}[{number}]")
        for number, item in enumerate(items)
    ]


def _list(text: str) -> Any:
    try:
        return jsontext.decode(text)
    except Invalid:
        return text


def _converted(kind: str, value: Any, *, strict: bool, name: str, field: str) -> Any:
    try:
        return convert(kind, value, strict=strict)
    except NOT_OF_TYPE:
        raise _refusal(name, described(kind, array=False), value, field) from None


def _refusal(name: str, wanted: str, value: Any, field: str) -> Invalid:
    return Invalid(f'Parameter "{name}" must be {wanted}, not {_shown(value)}.', hint="Correct it.", field=field)


def _shown(value: Any) -> str:
    try:
        text = jsontext.encode(value)
    except Invalid:
        return "what was sent"
    return text if len(text) <= 80 else f"{text[:79]}…"
