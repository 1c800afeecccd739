"""What a workspace holds, as a document of docs/workspace-file.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from botyard.cli.exporting import outside

if TYPE_CHECKING:
    from botyard.sdk import Botyard

_DEFAULT = "DEFAULT"


class Found(msgspec.Struct, kw_only=True):
    """A document with the code that it names, the variables that it needs, and what it could not hold."""

    document: dict[str, Any] = {}
    #: Path → text.
    code: dict[str, str] = {}
    variables: list[str] = []
    left_out: list[str] = []
    #: Automation → version of the package that is released.
    packages: dict[str, str] = {}


class Reader:
    """Reads a workspace section by section."""

    def __init__(self, yard: Botyard, code_folder: str) -> None:
        self.yard = yard
        self.found = Found()
        self._code_folder = code_folder
        self._taken: set[str] = set()

    def secret(self, *words: object) -> dict[str, str]:
        """Return what stands in place of a secret: a variable of its own."""
        name = re.sub(r"[^A-Z0-9]+", "_", "_".join(map(str, words)).upper()).strip("_")
        name = f"BOTYARD_{name}" if not name or name[0].isdigit() else name
        return {"env": _distinct(name, self.found.variables, self.found.variables.append)}

    def code(self, text: str, *words: object) -> str:
        """Keep code and return the path of its file."""
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", "_".join(map(str, words)))[:80]
        stem = _distinct(stem.lower(), self._taken, self._taken.add)
        path = f"{self._code_folder}/{stem}.py"
        self.found.code[path] = text
        return path


def _distinct(name: str, taken: Any, take: Any) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    take(free)
    return free


def of(yard: Botyard, *, code_folder: str) -> Found:
    """Read a workspace. What belongs to nothing that the document can hold is named in `left_out`."""
    reader = Reader(yard, code_folder)
    apps = list(outside.apps(reader))
    owned = {action["automation"] for app in apps for action in app["actions"]}
    sections: dict[str, Any] = {
        "assets": [_asset(reader, one) for one in _plain(yard.assets.list())],
        "credentials": [_credential(reader, one) for one in _plain(yard.credentials.list())],
        "groups": [
            {"name": one["name"], "members": one["users"] + one["addresses"]} for one in _plain(yard.groups.list())
        ],
        "automations": list(_automations(reader, owned)),
        "queues": [_queue(one) for one in _plain(yard.queues.list())],
        "apps": [outside.without_automations(app) for app in apps],
        "integrations": [outside.integration(reader, one) for one in _plain(yard.integrations.list())],
        "plugins": outside.plugins(reader),
        "schedules": list(_schedules(reader)),
        "systems": list(outside.systems(reader)),
    }
    sections["folders"] = _folders(yard, {one.get("folder") for one in sections["assets"]})
    order = ("folders", *(name for name in sections if name != "folders"))
    reader.found.document = {name: sections[name] for name in order if sections[name]}
    return reader.found


def _plain(found: Any) -> Iterator[dict[str, Any]]:
    for one in found:
        yield msgspec.to_builtins(one)


def _some(one: Mapping[str, Any], names: str) -> dict[str, Any]:
    """Return the fields with these names, without those that are null."""
    return {name: one[name] for name in names.split() if one[name] is not None}


def _folders(yard: Botyard, of_assets: set[Any]) -> list[str]:
    """Return the folders that were made, and those that assets need to be there before them."""
    return [one.name for one in yard.folders.list() if one.name != _DEFAULT and (one.declared or one.name in of_assets)]


def _asset(reader: Reader, one: dict[str, Any]) -> dict[str, Any]:
    entry = _some(one, "name type folder description")
    words = [one["name"]] if one["folder"] == _DEFAULT else [one["folder"], one["name"]]
    if one["type"] == "secret":
        entry["value"] = reader.secret(*words)
    elif one["type"] == "credential":
        entry |= {"username": one["username"], "password": reader.secret(*words, "password")}
    else:
        entry["value"] = one["value"]
    return entry


def _credential(reader: Reader, one: dict[str, Any]) -> dict[str, Any]:
    secrets = {key["name"]: reader.secret(one["label"], key["name"]) for key in one["keys"]}
    return {**_some(one, "label folder"), **({"secrets": secrets} if secrets else {})}


def _automations(reader: Reader, owned: set[str]) -> Iterator[dict[str, Any]]:
    """Yield automations but for those that belong to actions, which come with them."""
    names = "label name description folder runner_label priority max_attempts on_lost grace_seconds parameters uses"
    for one in _plain(reader.yard.automations.list()):
        if one["label"] in owned:
            continue
        if one["version"] is not None:
            reader.found.packages[one["label"]] = one["version"]
        told = reader.yard.groups.subscribers(one["label"]).subscribers
        notify = [{"to": each.user or each.group or each.address, "level": each.level} for each in told]
        yield _some(one, names) | ({"notify": notify} if notify else {})


def _queue(one: dict[str, Any]) -> dict[str, Any]:
    names = (
        "label name folder automation policy trigger auto_retry max_retries retry_business abort_on_error max_errors "
        "unique_scope schema active"
    )
    entry = _some(one, names)
    entry |= {"lease": f"{one['lease_seconds']}s", "retry_delay": f"{one['retry_delay_seconds']}s"}
    if one["time_limit_on"]:
        entry["time_limit"] = f"{one['time_limit_minutes']}m"
    return entry


def _schedules(reader: Reader) -> Iterator[dict[str, Any]]:
    names = "automation cron once_at timezone overlap catch_up catch_up_cap priority active"
    known: set[tuple[Any, ...]] = set()
    for one in sorted(_plain(reader.yard.schedules.list()), key=lambda one: int(one["id"])):
        if one["once_at"] and one["last_at"]:
            reader.found.left_out.append(f"schedule {one['id']} of {one['automation']}: its one moment is over.")
            continue
        key = (one["automation"], one["name"] or (one["cron"], one["once_at"], one["timezone"]))
        if key in known:
            reader.found.left_out.append(f"schedule {one['id']} of {one['automation']}: it needs a name of its own.")
            continue
        known.add(key)
        entry = _some(one, names)
        entry |= {name: one[name] for name in ("name", "parameters") if one[name]}
        yield entry
