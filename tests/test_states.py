"""Life cycles: the document equals the tables, and the tables are sound."""

from __future__ import annotations

import itertools
from enum import StrEnum

import pytest

from scripts import render

Cycle = tuple[str, str, render.Transitions, frozenset[StrEnum]]
LIFE_CYCLES: list[Cycle] = list(render.life_cycles())


def test_the_document_is_rendered_from_the_tables() -> None:
    written = (render.ROOT / "docs" / "states.md").read_text("utf-8")
    assert written == render.states(), "run `make docs`"


@pytest.mark.parametrize("cycle", LIFE_CYCLES, ids=lambda cycle: cycle[0])
class TestEveryLifeCycle:
    def test_every_state_can_be_reached_from_the_first_one(self, cycle: Cycle) -> None:
        table = cycle[2]
        states = list(render.kinds(table)[0])
        reached = {states[0]}
        for _ in states:
            reached |= {target for (state, _), target in table.items() if state in reached}
        assert reached == set(states)

    def test_every_event_happens_somewhere(self, cycle: Cycle) -> None:
        table = cycle[2]
        assert {event for _, event in table} == set(render.kinds(table)[1])

    def test_every_state_that_is_not_final_can_end(self, cycle: Cycle) -> None:
        _, _, table, final = cycle
        for state in render.kinds(table)[0]:
            ending = final
            for _ in range(len(table)):
                ending = ending | {origin for (origin, _), target in table.items() if target in ending}
            assert state in ending

    def test_every_pair_of_state_and_event_has_one_answer(self, cycle: Cycle) -> None:
        table = cycle[2]
        state_kind, event_kind = render.kinds(table)
        for pair in itertools.product(state_kind, event_kind):
            assert table.get(pair) is None or table[pair] in set(state_kind)
