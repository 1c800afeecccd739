"""How times, sizes, people and filters read. The browser's words.js must say the same; test_browser compares them."""

from __future__ import annotations

import pytest

from botyard.base.clock import DAY, HOUR, MINUTE, SECOND
from botyard.console import charts, filters, wording


@pytest.mark.parametrize(
    ("micros", "words"),
    [
        (None, "–"),
        (-5, "0 ms"),
        (0, "0 ms"),
        (640_000, "640 ms"),
        (12_400_000, "12.4 s"),
        (59_999_999, "59.9 s"),
        (72 * SECOND, "1 m 12 s"),
        (2 * HOUR + 5 * MINUTE, "2 h 05 m"),
        (3 * DAY + 4 * HOUR, "3 d 4 h"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(micros: int | None, words: str) -> None:
    assert wording.duration(micros) == words


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (0, "just now"),
        (12 * SECOND, "12 s ago"),
        (3 * MINUTE, "3 min ago"),
        (-2 * HOUR, "in 2 h"),
        (50 * HOUR, "2 d ago"),
    ],
)
def test_a_moment_is_told_from_now(distance: int, words: str) -> None:
    assert wording.ago(10 * DAY - distance, 10 * DAY) == words


def test_sizes_and_counts_stay_short() -> None:
    assert [wording.size(value) for value in (None, 0, 1023, 1536, 5 * 1024**3)] == [
        "–",
        "0 B",
        "1023 B",
        "1.5 KiB",
        "5.0 GiB",
    ]
    assert wording.count_of(1, "task") == "1 task"
    assert wording.count_of(12_000, "task") == "12\u202f000 tasks"


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("user:ann", "ann"),
        ("attempt:41/2", "bot, attempt 2"),
        ("runner:0199-abcdef123456", "runner vm-1"),
        ("key:ci", "key ci"),
        ("local:admin", "admin (command line)"),
        ("system", "system"),
    ],
)
def test_who_did_something_is_told_by_name(actor: str, words: str) -> None:
    assert wording.actor(actor, {"0199-abcdef123456": "vm-1"}) == words


def test_a_cancelled_task_names_the_person() -> None:
    assert wording.message("cancelled by user:ann") == "cancelled by ann"
    assert wording.message("The order was cancelled by user:ann") == "The order was cancelled by user:ann"
    assert wording.message(None) == ""


class TestFilters:
    def test_terms_are_read_and_the_rest_is_text(self) -> None:
        found = filters.parse('state:failed,partial automation:"SAP export" newer:24h late  report')
        assert found.states == ("failed", "partial")
        assert (found.automation, found.newer, found.text) == ("SAP export", 24 * HOUR, "late report")
        assert found.problems == ()

    def test_groups_of_states_have_names(self) -> None:
        assert filters.parse("state:waiting").states == ("preparing", "queued")
        assert filters.parse("state:active state:failed").states == ("leased", "running", "failed")

    @pytest.mark.parametrize("line", ["state:faild", "newer:soon", "older:5", "newer:", "older:99999999999999h"])
    def test_what_cannot_be_read_is_named_and_never_fails(self, line: str) -> None:
        found = filters.parse(f"{line} automation:invoices")
        assert found.automation == "invoices"
        assert found.problems or found.text == line

    def test_unknown_terms_are_text(self) -> None:
        assert filters.parse("http://host:80 colour:red").text == "http://host:80 colour:red"

    @pytest.mark.parametrize("line", ["", "\0", '"', "::", "a" * 5000, "state:", "🤖 " * 300])
    def test_any_line_is_accepted(self, line: str) -> None:
        assert len(filters.parse(line).query) <= filters.MAX_QUERY

    def test_a_chip_replaces_its_own_term_only(self) -> None:
        line = 'state:failed automation:"SAP export" late'
        assert filters.with_term(line, "state", "running") == 'state:running automation:"SAP export" late'
        assert filters.with_term(line, "state", None) == 'automation:"SAP export" late'

    def test_addresses_hold_only_what_is_said(self) -> None:
        assert filters.address("/tasks", q="", before=None) == "/tasks"
        assert filters.address("/tasks", q="a b&c", before=5) == "/tasks?q=a+b%26c&before=5"


class TestCharts:
    def test_bars_are_stacked_to_their_sum(self) -> None:
        chart = charts.stacked([(0, {"succeeded": 3, "failed": 1}), (HOUR, {})])
        assert (chart.total, chart.top) == (4, 4)
        first, second = chart.bars
        assert [segment.tone for segment in first.segments] == ["succeeded", "failed"]
        assert first.segments[1].y == 0
        assert second.segments == []
        assert first.title == "00:00 UTC: 3 succeeded, 1 failed"

    def test_the_top_is_a_round_number(self) -> None:
        tops = [charts.stacked([(0, {"failed": value})]).top for value in (0, 1, 7, 9, 11, 450, 100_001)]
        assert tops == [1, 1, 8, 10, 20, 500, 200_000]

    def test_nothing_has_no_line(self) -> None:
        assert charts.sparkline([]) == charts.sparkline([0, 0, 0]) == ""
        assert charts.sparkline([0, 2]).startswith("M0.0,26.0 L100.0,2.0")
