from __future__ import annotations

import logging

import pytest

from botyard.core.access import tokens
from botyard.server.logs import Lines


def line_of(message: str, **extra: object) -> str:
    record = logging.LogRecord("botyard.test", logging.INFO, __file__, 1, message, None, None)
    record.__dict__.update(extra)
    return Lines().format(record)


class TestLines:
    def test_show_the_event_and_what_it_carries(self) -> None:
        assert line_of("task.leased", task=7, runner="vm").endswith("info    task.leased task=7 runner=vm")

    def test_hold_no_token_whatever_part_brings_it(self) -> None:
        secret = tokens.mint("attempt").text
        assert secret not in line_of(f"got {secret}")
        assert secret not in line_of("x", header=f"Bearer {secret}")
        with pytest.raises(ValueError, match=secret) as caught:
            raise ValueError(secret)
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "x", None, (caught.type, caught.value, caught.tb))
        text = Lines().format(record)
        assert "ValueError" in text
        assert secret not in text
