"""When cron expressions fire, clock changes included."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botyard.base.clock import from_datetime, parse, to_datetime
from botyard.base.cron import Cron
from botyard.base.exceptions import Invalid

WARSAW = "Europe/Warsaw"


def local(expression: str, zone: str, after: str, count: int) -> list[str]:
    """Return the next firings as local times with their offsets."""
    found = islice(Cron(expression, zone).firings(parse(after)), count)
    return [to_datetime(moment).astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M:%S%z") for moment in found]


class TestClockChanges:
    def test_a_time_that_is_jumped_over_fires_once_when_the_clock_has_jumped(self) -> None:
        assert local("30 2 * * *", WARSAW, "2026-03-28T12:00:00Z", 2) == ["03-29 03:00:00+0200", "03-30 02:30:00+0200"]

    def test_a_time_that_comes_twice_fires_at_its_first_coming(self) -> None:
        assert local("30 2 * * *", WARSAW, "2026-10-24T12:00:00Z", 2) == ["10-25 02:30:00+0200", "10-26 02:30:00+0100"]

    def test_what_fires_in_every_hour_fires_in_the_repeated_one_too(self) -> None:
        assert local("*/30 * * * *", WARSAW, "2026-10-24T23:50:00Z", 5) == [
            "10-25 02:00:00+0200",
            "10-25 02:30:00+0200",
            "10-25 02:00:00+0100",
            "10-25 02:30:00+0100",
            "10-25 03:00:00+0100",
        ]

    def test_what_fires_in_every_hour_keeps_its_pace_over_the_missing_one(self) -> None:
        assert local("*/20 * * * *", WARSAW, "2026-03-29T00:30:00Z", 3) == [
            "03-29 01:40:00+0100",
            "03-29 03:00:00+0200",
            "03-29 03:20:00+0200",
        ]

    @pytest.mark.parametrize(
        ("zone", "after", "expected"),
        [
            ("Australia/Lord_Howe", "2026-10-03T12:00:00Z", "10-04 02:30:00+1100"),
            ("America/Sao_Paulo", "2026-10-17T12:00:00Z", "10-18 02:15:00-0300"),
            ("Africa/Casablanca", "2026-02-14T12:00:00Z", "02-15 02:15:00+0100"),
            ("Asia/Kathmandu", "2026-02-14T12:00:00Z", "02-15 02:15:00+0545"),
        ],
    )
    def test_odd_zones_follow_the_same_rule(self, zone: str, after: str, expected: str) -> None:
        assert local("15 2 * * *", zone, after, 1) == [expected]

    @settings(max_examples=60, deadline=None)
    @given(
        start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31)),  # noqa: DTZ001 -- hypothesis wants them bare
        expression=st.sampled_from(["*/7 * * * *", "0 * * * *", "30 2 * * *", "0 0 2 ? * MON-FRI", "15 1,2,3 * * 0"]),
        zone=st.sampled_from([WARSAW, "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Tehran"]),
    )
    def test_firings_only_go_forward(self, start: datetime, expression: str, zone: str) -> None:
        begin = from_datetime(start.replace(tzinfo=UTC))
        found = list(islice(Cron(expression, zone).firings(begin), 12))

        assert found == sorted(set(found))
        assert found[0] > begin


class TestReading:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("0 2 * * 7", "01-04 02:00:00+0000"),
            ("0 0 2 ? * 2", "01-05 02:00:00+0000"),
            ("0 0 2 ? * 2-6", "01-01 02:00:00+0000"),
            ("0 0 2 ? * 6L", "01-30 02:00:00+0000"),
            ("0 0 2 ? * FRIL", "01-30 02:00:00+0000"),
            ("0 0 2 ? * 6#3", "01-16 02:00:00+0000"),
            ("0 0 2 L * ?", "01-31 02:00:00+0000"),
            ("0 0 2 15W 2 ?", "02-16 02:00:00+0000"),
            ("0 0 2 1 1 ? 2027", "01-01 02:00:00+0000"),
            ("0 0 2 29 2 ?", "02-29 02:00:00+0000"),
            ("30 0/15 * * * ?", "01-01 00:00:30+0000"),
            ("@daily", "01-02 00:00:00+0000"),
        ],
    )
    def test_unix_and_quartz_are_told_apart_by_their_fields(self, expression: str, expected: str) -> None:
        assert local(expression, "UTC", "2026-01-01T00:00:00Z", 1) == [expected]

    @pytest.mark.parametrize(
        "expression",
        [
            "",
            "x",
            "* * *",
            "61 * * * *",
            "*/0 * * * *",
            "0 0 2 ? * 9",
            "0 0 2 ? * 2#9",
            "0 0 2 ? * #",
            "0 0 2 ? * XYZL",
            "0 0 2 30 2 ?",
            "0 0 2 LW * ?",
            "0 0 0 29 2 ? 2027",
            "0 2 * * *; ls",
            "a" * 300,
            "* * * * *\0",
        ],
    )
    def test_what_cannot_be_read_or_never_fires_is_refused(self, expression: str) -> None:
        with pytest.raises(Invalid):
            Cron(expression)

    @pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd", "/etc/localtime", "\0"])
    def test_an_unknown_zone_is_refused(self, zone: str) -> None:
        with pytest.raises(Invalid, match="time zone"):
            Cron("0 2 * * *", zone)
