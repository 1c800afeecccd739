"""The sentence at the top of each page says what its reader came for."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.clock import MINUTE, SECOND
from botyard.console import course, listing, overview
from botyard.console.rows import RunnerRow
from botyard.core import tasks
from botyard.core.tasks import Reason, State, Task

NOW = 1_800_000_000 * SECOND


def a_task(state: State, **changes: Any) -> Task:
    ended = state in tasks.FINAL
    values: dict[str, Any] = {
        "id": 7,
        "workspace_id": 1,
        "automation_id": "a",
        "automation": "invoices",
        "automation_name": "Invoices",
        "folder": "DEFAULT",
        "state": state,
        "priority": 0,
        "parameters": {},
        "runner_label": None,
        "max_attempts": 3,
        "test": False,
        "development": False,
        "ready": True,
        "not_before": None,
        "created_at": NOW - 10 * MINUTE,
        "created_by": "user:ann",
        "updated_at": NOW,
        "queued_at": NOW - 10 * MINUTE,
        "started_at": NOW - 9 * MINUTE,
        "finished_at": NOW - 8 * MINUTE if ended else None,
        "epoch": 1,
        "lost": 0,
        "message": None,
        "output": None,
        "total_items": None,
        "processed_items": None,
        "failed_items": None,
        "interrupted": False,
        "killed": False,
        "overdue": False,
        "package": "invoices",
        "package_version": "1",
        "runner_id": "r",
        "runner": "vm-1",
    }
    fields = set(Task.__struct_fields__)
    return Task(**{name: value for name, value in (values | changes).items() if name in fields})


def a_runner(*, online: bool) -> RunnerRow:
    return RunnerRow(
        id="r",
        name="vm-1",
        label=None,
        slots=2,
        used=0,
        host="vm",
        os="Linux",
        version="1",
        embedded=False,
        draining=False,
        seen_at=NOW,
        online=online,
    )


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (a_task(State.LEASED), "A runner prepares it on vm-1."),
        (a_task(State.RUNNING), "Runs on vm-1."),
        (a_task(State.RUNNING, interrupted=True), "Runs on vm-1. It was asked to stop."),
        (a_task(State.SUCCEEDED), "Succeeded 8 min ago after 1 m 00 s on vm-1."),
        (a_task(State.FAILED, message="No such file"), "No such file. Failed 8 min ago after 1 m 00 s on vm-1."),
        (a_task(State.QUEUED, runner=None), "Waits for its turn."),
    ],
)
def test_a_task_says_what_became_of_it(task: Task, words: str) -> None:
    assert course.sentence(task, [], now=NOW) == words


def test_a_cancelled_task_says_by_whom() -> None:
    task = a_task(State.CANCELLED, message="cancelled by user:ann")
    assert course.sentence(task, [], now=NOW, ended_by="user:ann").startswith("Cancelled by ann 8 min ago")


def test_a_waiting_task_leads_with_its_reason_and_a_command_to_copy() -> None:
    reasons = [
        Reason(code="no_package", text="Automation has no package.", hint="Deploy one: botyard deploy PATH"),
        Reason(code="no_free_runner", text="No runner is online and free."),
    ]
    why = course.reasons_of(reasons, [], now=NOW)
    assert (why[0].hint, why[0].command) == ("Deploy one", "botyard deploy PATH")
    assert course.sentence(a_task(State.QUEUED), why, now=NOW) == "Waits: automation has no package."


class TestCourse:
    def test_a_finished_task_has_every_duration(self) -> None:
        task = a_task(State.SUCCEEDED)
        steps = course.steps(task, None, now=NOW)
        assert [step.word for step in steps] == ["queued", "running", "succeeded"]
        assert [step.took for step in steps] == [MINUTE, MINUTE, None]

    def test_the_present_step_counts_on(self) -> None:
        steps = course.steps(a_task(State.RUNNING), None, now=NOW)
        assert [step.word for step in steps] == ["queued", "starting", "running", "finished"]
        running = steps[2]
        assert (running.took, running.since) == (9 * MINUTE, NOW - 9 * MINUTE)
        assert steps[3].at is None

    def test_a_task_that_is_queued_again_shows_nothing_of_the_last_attempt(self) -> None:
        steps = course.steps(a_task(State.QUEUED), None, now=NOW)
        assert [step.at is not None for step in steps] == [True, False, False, False]


class TestOverview:
    def test_all_is_quiet(self) -> None:
        assert overview.answer({}, [], failed=0, has_runner=True) == "All quiet: nothing waits and nothing runs."

    def test_what_blocks_comes_first(self) -> None:
        counts = {State.QUEUED: 3, State.RUNNING: 2}
        reasons = [Reason(code="no_free_runner", text='No runner with label "sap" is online and free.')]
        assert overview.answer(counts, reasons, failed=1, has_runner=True) == (
            '3 tasks wait: no runner with label "sap" is online and free. 2 tasks run. 1 failed in the last 24 hours.'
        )

    def test_waiting_in_line_is_no_alarm(self) -> None:
        reasons = [Reason(code="in_line", text="2 tasks go first.")]
        assert overview.answer({State.QUEUED: 1}, reasons, failed=0, has_runner=True) == "1 task waits for a free slot."

    def test_a_person_is_needed_for_silence_blocks_and_failures(self) -> None:
        waiting = a_task(State.QUEUED)
        reasons = [Reason(code="no_package", text="Automation has no package.")]
        found = overview.needs([a_runner(online=False)], [a_task(State.FAILED)] * 3, waiting, reasons)
        assert [need.text for need in found] == [
            "Task 7 waits: automation has no package.",
            "Runner vm-1 is silent.",
            "Invoices failed 3 times in 24 hours.",
        ]
        assert found[2].href == "/tasks?q=state%3Afailed+automation%3A%22invoices%22+newer%3A24h"

    def test_the_list_of_tasks_says_what_moves(self) -> None:
        assert listing.answer({}) == "No task yet."
        assert listing.answer({State.SUCCEEDED: 4}) == "Nothing waits and nothing runs."
        assert listing.answer({State.RUNNING: 1}) == "1 task runs, nothing waits."
        assert listing.answer({State.RUNNING: 2, State.QUEUED: 1000}) == "2 tasks run, 1\u202f000+ wait."
