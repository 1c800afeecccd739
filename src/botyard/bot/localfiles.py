"""What a folder holds for a bot that runs without a server: parameters, secrets, queues."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from botyard.bot.backend import PulledItem
from botyard.bot.handles import Login, Secret
from botyard.sdk.errors import Missing, Refused

#: Columns of a CSV file that are the item's own.
_OWN = ("priority", "reference")


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, {} when it is not there. Raises Refused for one that is none."""
    try:
        return msgspec.json.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as error:
        raise Refused(f"{path} is not JSON: {error}.", hint="Correct the file.") from None


def read_parameters(folder: Path, arguments: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of `parameters.json`, and over them those of `--param name=value` among the arguments.

    A value of an argument is JSON where it can be, else a text. Raises Refused.
    """
    found = read_json(folder / "parameters.json")
    if not isinstance(found, dict):
        raise Refused("parameters.json must hold an object.", hint='Write it as {"name": "value"}.')
    for text in _given(arguments):
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Refused(f'"--param {text}" has no value.', hint="Write it as --param name=value.")
        found[name] = _value(value)
    return found


def _given(arguments: Sequence[str]) -> list[str]:
    joined = [one.removeprefix("--param=") for one in arguments if one.startswith("--param=")]
    after = [two for one, two in pairwise(arguments) if one == "--param"]
    return joined + after


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


class Secrets:
    """Credentials and assets: `secrets.json`, `assets.json`, and `secrets.env` with names such as ERP_PASSWORD."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def value(self, label: str, key: str) -> str:
        """Return a value of a credential. Raises Missing."""
        found = read_json(self._folder / "secrets.json").get(label, {}).get(key)
        if found is None:
            found = self._environment().get(_name(f"{label}_{key}"))
        if found is None:
            raise Missing(
                f"There is no secret {key} of {label}.",
                hint=f"Write it into {self._folder / 'secrets.json'} or, as {_name(f'{label}_{key}')}, secrets.env.",
            )
        return str(found)

    def asset(self, name: str) -> Any:
        """Return the value of an asset; {"secret": …} and {"username": …, "password": …} stand for hidden ones."""
        found = read_json(self._folder / "assets.json").get(name)
        if found is None:
            raise Missing(f"There is no asset {name}.", hint=f"Write it into {self._folder / 'assets.json'}.")
        if isinstance(found, dict) and found.keys() == {"secret"}:
            return Secret(str(found["secret"]))
        if isinstance(found, dict) and found.keys() == {"username", "password"}:
            return Login(str(found["username"]), Secret(str(found["password"])))
        return found

    def _environment(self) -> dict[str, str]:
        try:
            lines = (self._folder / "secrets.env").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return {}
        found = {}
        for line in lines:
            name, equals, value = line.strip().removeprefix("export ").partition("=")
            if equals and not name.startswith("#"):
                found[name.strip()] = _unquoted(value.strip())
        return found


def _name(text: str) -> str:
    return re.sub(r"\W", "_", text).upper()


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


class LocalQueue:
    """A queue in a file `queues/<label>.jsonl`, one item a line, or `.csv`; what becomes of items goes beside it."""

    def __init__(self, folder: Path, label: str) -> None:
        self._path = folder / "queues" / f"{label}.jsonl"
        self._table = self._path.with_suffix(".csv")
        self._done = self._path.with_name(f"{label}.reports.jsonl")
        self._label = label
        self._waiting = self._read()
        self._held: dict[int, PulledItem] = {}
        self._last = len(self._waiting)

    def pull(self, count: int) -> list[PulledItem]:
        """Take the items that are first in line, of which those with a higher priority go first."""
        chosen = sorted(self._waiting, key=lambda item: (-item.priority, item.id))[:count]
        self._waiting = [item for item in self._waiting if item not in chosen]
        self._held |= {item.id: item for item in chosen}
        return chosen

    def report(self, told: Mapping[str, Any]) -> str | None:
        """Note what became of an item."""
        if self._held.pop(told["item"], None) is None:
            return "This bot does not hold the item."
        append(self._done, told)
        return None

    def release(self, items: Sequence[int]) -> None:
        """Put items back into their places in line."""
        self._waiting += [self._held.pop(number) for number in items if number in self._held]

    def push(self, items: Sequence[Mapping[str, Any]]) -> list[int]:
        """Add items at the end of the file, and of the line."""
        numbers = []
        for told in items:
            self._last += 1
            append(self._path, told)
            self._waiting.append(_pulled(self._last, told))
            numbers.append(self._last)
        return numbers

    def _read(self) -> list[PulledItem]:
        rows = [*self._lines(), *self._rows()]
        if not rows and not self._path.exists() and not self._table.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        return [_pulled(number, row) for number, row in enumerate(rows, start=1)]

    def _lines(self) -> list[Any]:
        if not self._path.exists():
            return []
        found = []
        for number, line in enumerate(self._path.read_bytes().splitlines(), start=1):
            try:
                if line.strip():
                    found.append(msgspec.json.decode(line))
            except msgspec.DecodeError as error:
                raise Refused(f"Line {number} of {self._path} is not JSON: {error}.", hint="Correct it.") from None
        return found

    def _rows(self) -> list[dict[str, Any]]:
        if not self._table.exists():
            return []
        with self._table.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        return [
            {
                "values": {name: value for name, value in row.items() if name not in _OWN},
                "priority": int(row.get("priority") or 0),
                "reference": row.get("reference") or None,
            }
            for row in rows
        ]


def _pulled(number: int, told: Any) -> PulledItem:
    """Return the item of a line: an object with `values`, or the values alone."""
    if isinstance(told, Mapping) and "values" in told and told.keys() <= {"values", *_OWN}:
        priority, reference = told.get("priority") or 0, told.get("reference")
        return PulledItem(id=number, values=told["values"], priority=priority, reference=reference)
    return PulledItem(id=number, values=told)


def append(path: Path, told: Any) -> None:
    """Add a line of JSON to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(told) + b"\n")
