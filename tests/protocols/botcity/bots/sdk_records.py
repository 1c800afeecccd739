"""Run by the interpreter of a real SDK: `server login key label`. Logs, errors and messages, as a bot uses them.

Any assertion that fails ends it with a traceback; the last line of its output is JSON for the test.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from botcity.maestro import BotMaestroSDK, Column, MessageType  # type: ignore[import-not-found]


def main(server: str, login: str, key: str, label: str) -> None:
    maestro = BotMaestroSDK(server, login, key)
    maestro.login()
    task_id = maestro.create_task(label, {}, test=True).id
    check_logs(maestro)
    check_errors(maestro, task_id)
    check_messages(maestro)
    sys.stdout.write(json.dumps({"task": task_id, "token": maestro.access_token}))


def check_logs(maestro: BotMaestroSDK) -> None:
    columns = [Column("Número", "order", 200), Column("Total", "sum", 50)]
    for _ in range(2):
        maestro.new_log("notas-fiscais", columns)
    assert maestro.get_log("notas-fiscais") == []
    maestro.new_log_entry("notas-fiscais", {"order": "A-1", "sum": 12.5})
    maestro.new_log_entry("notas-fiscais", {"order": "ação", "sum": None})
    maestro.new_log_entry("notas-fiscais", {"sum": 3, "unheard": True})
    rows = maestro.get_log("notas-fiscais")
    shown = [{name: row[name] for name in ("Número", "Total")} for row in rows]
    assert shown == [
        {"Número": "A-1", "Total": 12.5},
        {"Número": "ação", "Total": None},
        {"Número": "", "Total": 3},
    ], rows
    today = dt.datetime.now(dt.UTC).strftime("%d/%m/%Y")
    assert len(maestro.get_log("notas-fiscais", date=today)) == 3
    refused(lambda: maestro.new_log("notas-fiscais", columns[:1]), "409")
    refused(lambda: maestro.new_log("empty", []), "column")
    refused(lambda: maestro.new_log_entry("no such log", {"order": 1}), "404")
    refused(lambda: maestro.get_log("no such log"), "404")
    maestro.delete_log("notas-fiscais")
    refused(lambda: maestro.get_log("notas-fiscais"), "404")
    refused(lambda: maestro.delete_log("notas-fiscais"), "404")


def check_errors(maestro: BotMaestroSDK, task_id: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shot, note = Path(folder, "tela.png"), Path(folder, "anotação.txt")
        shot.write_bytes(b"\x89PNG pretend")
        note.write_bytes(b"")
        for number in range(2):
            try:
                book({"id": number})
            except KeyError as error:
                maestro.error(task_id, error, str(shot), [str(note)], {"customer": "acme"})
    refused(lambda: maestro.error(987654321, ValueError("x")), "404")


def book(invoice: dict[str, int]) -> int:
    return invoice["vat"]


def check_messages(maestro: BotMaestroSDK) -> None:
    answer = maestro.message(["ann@example.org"], ["admin"], "Relatório", "Olá\n", MessageType.TEXT)
    assert answer.message, answer
    maestro.message(["bob@example.org"], [], "Relatório", "<b>Olá</b>", MessageType.HTML, "night shift")
    for emails, users, subject in (
        (["nonsense"], [], "s"),
        ([], [], "s"),
        ([], ["nobody"], "s"),
        (["ann@example.org"], [], "s\r\nBcc: eve@example.org"),
    ):
        refused(lambda: maestro.message(emails, users, subject, "b", MessageType.TEXT), "")  # noqa: B023 -- called now


def refused(call: Callable[[], object], fragment: str) -> None:
    try:
        call()
    except ValueError as error:
        told = str(error)
    else:
        raise AssertionError("nothing was refused")
    assert fragment in told, told


if __name__ == "__main__":
    main(*sys.argv[1:])
