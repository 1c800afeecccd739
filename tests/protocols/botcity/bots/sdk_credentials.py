"""Run by the interpreter of a real SDK, by hand or as a bot: `server login key` or `server task_id token organization`.

Drives every call about credentials that this version of the SDK has.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from botcity.maestro import BotMaestroSDK  # type: ignore[import-not-found]

VALUES = ["plain", "ação + ü / \\ \" ' \N{SNOWMAN}", " spaces ", "two\nlines\n", "x" * 20_000, "123", "true", ""]


def main(arguments: list[str]) -> None:
    if len(arguments) == 3:
        maestro = BotMaestroSDK(*arguments)
        maestro.login()
        prefix = "by hand"
    else:
        maestro = BotMaestroSDK.from_sys_args()
        prefix = "bot"
    check_create(maestro, f"{prefix} Bank")
    check_refusals(maestro, f"{prefix} Bank")
    if hasattr(maestro, "update_credential"):
        check_update(maestro, f"{prefix} Bank")


def check_create(maestro: BotMaestroSDK, label: str) -> None:
    for number, value in enumerate(VALUES):
        maestro.create_credential(label=label, key=f"key {number}", value=value)
    for number, value in enumerate(VALUES):
        assert maestro.get_credential(label=label, key=f"key {number}") == value
    # Setting a key that is there overwrites it.
    maestro.create_credential(label, "key 0", "other")
    assert maestro.get_credential(label, "key 0") == "other"
    for scalar, text in ((7, "7"), (1.5, "1.5"), (True, "true")):
        maestro.create_credential(label, "scalar", scalar)
        assert maestro.get_credential(label, "scalar") == text


def check_update(maestro: BotMaestroSDK, label: str) -> None:
    maestro.update_credential(label, "key 1", "updated")
    assert maestro.get_credential(label, "key 1") == "updated"
    assert maestro.get_credential(label, "key 2") == VALUES[2]
    maestro.remove_credential(label, "key 1")
    refused(lambda: maestro.get_credential(label, "key 1"), "404")
    assert maestro.get_credential(label, "key 2") == VALUES[2]
    refused(lambda: maestro.update_credential(label, "key 1", "x"), "key 1")
    refused(lambda: maestro.remove_credential("no such set", "key 1"), "404")
    # A set of one key may lose it, and get another.
    maestro.create_credential(f"{label} 2", "only", "v")
    maestro.remove_credential(f"{label} 2", "only")
    refused(lambda: maestro.get_credential(f"{label} 2", "only"), "404")
    maestro.create_credential(f"{label} 2", "only", "w")
    assert maestro.get_credential(f"{label} 2", "only") == "w"


def check_refusals(maestro: BotMaestroSDK, label: str) -> None:
    refused(lambda: maestro.get_credential(label, "no such key"), "does not exist", "has no key")
    refused(lambda: maestro.get_credential("no such set", "key"), "does not exist")
    refused(lambda: maestro.create_credential(label, "a#b", "v"), "400")
    refused(lambda: maestro.create_credential(label, "x" * 300, "v"), "400")
    refused(lambda: maestro.create_credential(label, "deep", {"a": 1}), "400")


def refused(call: Callable[[], object], *fragments: str) -> None:
    try:
        call()
    except Exception as error:  # noqa: BLE001 -- versions differ in what they raise
        told = str(error)
    else:
        told = "nothing was refused"
    assert any(fragment in told for fragment in fragments), told


if __name__ == "__main__":
    main(sys.argv[1:])
