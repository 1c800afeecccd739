"""Checks the invoices in invoices.csv and tells people about the bad ones.

Run by a control room it reports there; run by hand (`python bot.py`) it only prints and writes the report.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botcity.maestro import AlertType, AutomationTaskFinishStatus, BotMaestroSDK
from report import summary_of, write_report
from rules import Checked, check_all

HERE = Path(__file__).parent
#: Asking whether somebody wants the bot to stop costs a call; once a second is soon enough.
ASK_SECONDS = 1.0

BotMaestroSDK.RAISE_NOT_CONNECTED = False


def main() -> int:
    """Run the bot; return the exit code of the process."""
    maestro = BotMaestroSDK.from_sys_args()
    execution = maestro.get_execution()
    parameters = execution.parameters or {}
    delay, strict, form = options_of(parameters)
    try:
        invoices, interrupted = check(maestro, execution.task_id, delay)
        report = HERE / f"invoices-report.{form}"
        write_report(report, invoices)
        print(f"Report written to {report.name}")
        maestro.post_artifact(task_id=execution.task_id, artifact_name=report.name, filepath=str(report))
        tell_people(maestro, execution.task_id, invoices)
        finish(maestro, execution.task_id, invoices, strict=strict, interrupted=interrupted)
    except Exception as error:
        maestro.finish_task(
            task_id=execution.task_id,
            status=AutomationTaskFinishStatus.FAILED,
            message=f"The invoices could not be checked: {error}",
            total_items=0,
            processed_items=0,
            failed_items=0,
        )
        raise
    return 0


def options_of(parameters: dict[str, Any]) -> tuple[float, bool, str]:
    """Return seconds per invoice, whether one bad invoice fails the task, and the form of the report."""
    delay = min(max(float(parameters.get("delay", 0.1)), 0.0), 60.0)
    strict = str(parameters.get("strict", False)).lower() in ("true", "1", "yes")
    form = "csv" if str(parameters.get("report", "html")).lower() == "csv" else "html"
    return delay, strict, form


def check(maestro: BotMaestroSDK, task_id: str, delay: float) -> tuple[list[Checked], bool]:
    """Check the invoices one by one; return those that were checked, and whether somebody asked to stop."""
    with (HERE / "invoices.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    print(f"Checking {len(rows)} invoices")
    stop = asked_to_stop(maestro, task_id)
    invoices: list[Checked] = []
    for invoice in check_all(rows):
        if next(stop):
            print(f"Asked to stop after {len(invoices)} invoices")
            return invoices, True
        invoices.append(invoice)
        progress = f"[{len(invoices):>2}/{len(rows)}] {invoice.number}  {invoice.row.get('supplier', '')}"
        print(f"{progress}: good" if invoice.good else f"{progress}: BAD, {'; '.join(invoice.problems)}")
        time.sleep(delay)
    return invoices, False


def asked_to_stop(maestro: BotMaestroSDK, task_id: str) -> Iterator[bool]:
    """Say, as often as it is asked, whether the task was interrupted."""
    asked = 0.0
    while True:
        if maestro.is_online and time.monotonic() - asked >= ASK_SECONDS:
            asked = time.monotonic()
            if maestro.get_task(task_id).is_interrupted():
                break
        yield False
    while True:
        yield True


def tell_people(maestro: BotMaestroSDK, task_id: str, invoices: list[Checked]) -> None:
    """Raise one alert for all bad invoices; ten alerts would be read by nobody."""
    bad = [invoice for invoice in invoices if not invoice.good]
    if bad:
        lines = [f"{invoice.number}: {'; '.join(invoice.problems)}" for invoice in bad]
        title = f"{len(bad)} bad invoice{'s' if len(bad) > 1 else ''}"
        maestro.alert(task_id=task_id, title=title, message="\n".join(lines), alert_type=AlertType.WARN)


def finish(maestro: BotMaestroSDK, task_id: str, invoices: list[Checked], *, strict: bool, interrupted: bool) -> None:
    """Report the outcome with the numbers of invoices."""
    bad = sum(not invoice.good for invoice in invoices)
    status = AutomationTaskFinishStatus.SUCCESS
    message = summary_of(invoices)
    if interrupted:
        status = AutomationTaskFinishStatus.PARTIALLY_COMPLETED
        message = f"Interrupted. {message}"
    elif bad:
        status = AutomationTaskFinishStatus.FAILED if strict else AutomationTaskFinishStatus.PARTIALLY_COMPLETED
    print(message)
    maestro.finish_task(
        task_id=task_id,
        status=status,
        message=message,
        total_items=len(invoices),
        processed_items=len(invoices) - bad,
        failed_items=bad,
    )


if __name__ == "__main__":
    sys.exit(main())
