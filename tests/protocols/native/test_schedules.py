"""Schedules over native v1."""

from __future__ import annotations

from typing import Any

import pytest

from tests.protocols.native.conftest import Api

NIGHTLY = {"automation": "invoices", "cron": "30 2 * * *", "timezone": "Europe/Warsaw", "parameters": {"month": 5}}


@pytest.fixture
async def schedule(api: Api) -> dict[str, Any]:
    """Return a schedule of an automation that has a package."""
    await api.deploy("invoices")
    made: dict[str, Any] = await api.ok("POST", "/schedules", NIGHTLY)
    return made


async def test_a_schedule_shows_its_next_ten_firings(api: Api, schedule: dict[str, Any]) -> None:
    found = await api.ok("GET", f"/schedules/{schedule['id']}")
    assert len(found["upcoming"]) == 10
    assert found["upcoming"][0] == found["next_at"]
    page = await api.ok("GET", "/schedules?automation=invoices")
    assert [entry["id"] for entry in page["schedules"]] == [schedule["id"]]


async def test_it_is_changed_paused_resumed_run_and_deleted(api: Api, schedule: dict[str, Any]) -> None:
    path = f"/schedules/{schedule['id']}"
    changed = await api.ok("PATCH", path, {"overlap": "queue"})
    assert (changed["overlap"], changed["cron"]) == ("queue", "30 2 * * *")
    assert (await api.ok("POST", f"{path}/pause"))["next_at"] is None
    assert (await api.ok("POST", f"{path}/resume"))["next_at"] is not None
    task = await api.ok("POST", f"{path}/run")
    assert task["parameters"] == {"month": 5}
    assert await api.ok("GET", f"{path}/firings") == {"firings": []}
    assert (await api("DELETE", path)).status_code == 204
    assert (await api("GET", path)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"automation": "none", "cron": "@daily"},
        {**NIGHTLY, "cron": "0 0 30 2 *"},
        {**NIGHTLY, "once_at": "soon"},
        {**NIGHTLY, "once_at": "2001-01-01", "cron": None},
        {**NIGHTLY, "timezone": "Mars/Base"},
        {**NIGHTLY, "priority": 11},
        {**NIGHTLY, "colour": "red"},
    ],
    ids=str,
)
async def test_nonsense_is_refused_with_a_word(api: Api, body: dict[str, Any]) -> None:
    await api.deploy("invoices")
    answer = await api("POST", "/schedules", body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"]
