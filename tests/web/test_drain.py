"""Stopping: what is asked for too late is told at once."""

from __future__ import annotations

from botyard.web.longpoll import Drain


def test_whoever_wants_to_know_of_the_stop_hears_of_it_before_and_after_it_began() -> None:
    drain, heard = Drain(), list[str]()
    drain.call(lambda: heard.append("early"))
    assert heard == []
    drain.start()
    drain.call(lambda: heard.append("late"))
    assert heard == ["early", "late"]
