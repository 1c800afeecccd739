"""The example, deployed from its folder and run by a real runner with the unmodified vendor SDK."""

from __future__ import annotations

from typing import Any

from botyard.sdk import calls
from botyard.wire import native as wire
from tests.scenarios.yard import Yard
from tests.support.processes import wait_until

FOLDER = "examples/invoices"


def deploy(yard: Yard, root: Any) -> None:
    """Deploy the example as its README says."""
    yard.server.cli("deploy", str(root / FOLDER), "--automation", "invoices")


def test_the_example_checks_invoices_and_leaves_a_report_and_an_alert(shared_yard: Yard, pytestconfig: Any) -> None:
    deploy(shared_yard, pytestconfig.rootpath)
    task = shared_yard.start("invoices", delay=0)
    done = shared_yard.settled(task, seconds=120)
    assert (done.state, done.total_items, done.processed_items, done.failed_items) == ("partial", 40, 34, 6)
    assert done.message == "34 of 40 invoices are good, 215,700.09 in total; 6 need a person."
    lines = shared_yard.lines(task)
    assert lines[0] == "Checking 40 invoices"
    assert sum(": BAD, " in line for line in lines) == 6
    artifacts = shared_yard.client.send(calls.get(f"/api/v1/tasks/{task}/artifacts", wire.ArtifactList)).artifacts
    assert [artifact.name for artifact in artifacts] == ["invoices-report.html"]
    with shared_yard.client.stream(calls.content(f"/api/v1/artifacts/{artifacts[0].id}/content")) as pieces:
        page = b"".join(pieces)
    assert b"Invoices checked" in page
    assert len(page) == artifacts[0].size
    alerts = shared_yard.client.send(calls.get(f"/api/v1/tasks/{task}/alerts", wire.AlertList)).alerts
    assert [(alert.level.lower(), alert.title) for alert in alerts] == [("warn", "6 bad invoices")]


def test_the_example_is_strict_when_asked_and_writes_csv(shared_yard: Yard, pytestconfig: Any) -> None:
    deploy(shared_yard, pytestconfig.rootpath)
    task = shared_yard.start("invoices", delay=0, strict=True, report="csv")
    assert shared_yard.settled(task, seconds=120).state == "failed"
    artifacts = shared_yard.client.send(calls.get(f"/api/v1/tasks/{task}/artifacts", wire.ArtifactList)).artifacts
    assert [artifact.name for artifact in artifacts] == ["invoices-report.csv"]


def test_the_example_ends_early_when_interrupted(shared_yard: Yard, pytestconfig: Any) -> None:
    deploy(shared_yard, pytestconfig.rootpath)
    task = shared_yard.start("invoices", delay=0.3)
    wait_until(lambda: len(shared_yard.lines(task)) > 3, seconds=120, what="the first invoices")
    shared_yard.act(task, "interrupt")
    done = shared_yard.settled(task)
    assert done.state == "partial"
    assert done.interrupted
    assert 0 < (done.total_items or 0) < 40
    assert (done.message or "").startswith("Interrupted.")


def test_a_warm_environment_starts_a_bot_well_within_the_promise(shared_yard: Yard, pytestconfig: Any) -> None:
    deploy(shared_yard, pytestconfig.rootpath)
    shared_yard.settled(shared_yard.start("invoices", delay=0), seconds=120)
    tasks = [shared_yard.settled(shared_yard.start("invoices", delay=0)) for _ in range(5)]
    delays = sorted(_seconds(task.started_at) - _seconds(task.created_at) for task in tasks)
    assert delays[2] < 0.3


def _seconds(text: str | None) -> float:
    from datetime import datetime

    assert text is not None
    return datetime.fromisoformat(text).timestamp()
