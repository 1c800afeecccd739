"""Messages and spans reach the server in order and once, whatever happens to it and to the process."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from botyard.bot import shipping
from botyard.bot.logs import LogHandler
from botyard.bot.shipping import Shipper
from botyard.bot.spans import Span
from botyard.sdk.errors import CallError, Conflict, Refused, Unavailable
from botyard.wire.traces import NewSpan
from botyard.wire.work import LogMessage


class Server:
    """Keeps messages as the real one does, known by writer and number; gives the answers `says` before it takes any."""

    def __init__(self, *says: CallError) -> None:
        self.says = list(says)
        self.open = threading.Event()
        self.open.set()
        self.lines: dict[tuple[str, int], str] = {}
        self.spans: dict[str, NewSpan] = {}
        self.told: list[tuple[float, str]] = []
        self.calls = 0

    def send_messages(self, writer: str, messages: list[LogMessage]) -> None:
        """Take messages."""
        self._answer()
        for message in messages:
            self.lines.setdefault((writer, message.seq), message.text)

    def send_spans(self, spans: list[NewSpan]) -> None:
        """Take spans."""
        self._answer()
        self.spans |= {span.span_id: span for span in spans}

    def send_progress(self, percent: float, text: str) -> None:
        """Take how far the bot is."""
        self._answer()
        self.told.append((percent, text))

    def _answer(self) -> None:
        self.calls += 1
        self.open.wait(10)
        if self.says:
            raise self.says.pop(0)

    @property
    def texts(self) -> list[str]:
        return list(self.lines.values())


AWAY = Unavailable("away")
REFUSED = Refused("not these", status=400)
GONE = Conflict("gone", code="stale_lease")


def test_messages_arrive_in_order_with_numbers_of_their_process() -> None:
    server = Server()
    ship = Shipper(server)
    for number in range(2000):
        ship.message("INFO", str(number))
    assert ship.flush(10)
    assert server.texts == [str(number) for number in range(2000)]
    assert [seq for _, seq in server.lines] == list(range(1, 2001))
    assert len({writer for writer, _ in server.lines}) == 1


def test_a_server_that_is_away_gets_everything_once_when_it_is_back() -> None:
    server = Server(AWAY, AWAY, Unavailable("busy", status=503))
    ship = Shipper(server)
    for number in range(700):
        ship.message("INFO", str(number))
    assert ship.flush(30)
    assert server.texts == [str(number) for number in range(700)]


def test_what_is_refused_is_left_out_and_the_log_says_so() -> None:
    server = Server(REFUSED)
    ship = Shipper(server)
    ship.message("INFO", "bad")
    assert ship.flush(10)
    ship.message("INFO", "good")
    assert ship.flush(10)
    notice, good = server.texts
    assert "1 message or span is missing here" in notice
    assert good == "good"


def test_a_fault_that_stays_does_not_hold_up_the_rest() -> None:
    faults = [Unavailable("fault", status=500)] * shipping._MOST_FAULTS
    server = Server(*faults)
    ship = Shipper(server)
    ship.message("INFO", "poison")
    assert ship.flush(60)
    ship.message("INFO", "good")
    assert ship.flush(10)
    assert server.texts[-1] == "good"


def test_after_the_lease_is_gone_nothing_more_is_sent(capfd: pytest.CaptureFixture[str]) -> None:
    server = Server(GONE)
    ship = Shipper(server)
    ship.message("INFO", "late")
    assert ship.flush(10)
    ship.message("INFO", "later")
    assert ship.flush(10)
    assert server.calls == 1
    assert "takes no more of this attempt" in capfd.readouterr().err


def test_a_bot_that_writes_more_than_fits_waits_for_room() -> None:
    server = Server()
    server.open.clear()
    ship = Shipper(server, most=5_000)

    def write() -> None:
        for number in range(200):
            ship.message("INFO", f"{number} {'x' * 100}")

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(0.2)
    assert writer.is_alive()
    assert ship._waiting < 6_000
    server.open.set()
    writer.join(10)
    assert ship.flush(10)
    assert [text.split()[0] for text in server.texts] == [str(number) for number in range(200)]


def test_what_finds_no_room_in_time_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "ROOM_SECONDS", 0.05)
    server = Server()
    server.open.clear()
    ship = Shipper(server, most=2_000)
    for number in range(100):
        ship.message("INFO", f"{number} {'x' * 100}")
    server.open.set()
    assert ship.flush(10)
    ship.message("INFO", "and on")
    assert ship.flush(10)
    *kept, notice, last = server.texts
    assert f"{100 - len(kept)} messages and spans are missing here" in notice
    assert last == "and on"


def test_a_span_is_sent_once_when_it_is_short_and_again_when_it_ends_late() -> None:
    server = Server()
    ship = Shipper(server)
    with Span(ship.span, "short"):
        pass
    assert ship.flush(10)
    calls = server.calls
    with Span(ship.span, "long", given={"a": 1}) as span:
        assert ship.flush(10)
        assert server.spans[span.id].status is None
    assert ship.flush(10)
    assert calls == 1
    assert [(each.name, each.status) for each in server.spans.values()] == [("short", "ok"), ("long", "ok")]


def test_the_latest_progress_is_sent_and_what_it_replaced_is_not() -> None:
    server = Server()
    server.open.clear()
    ship = Shipper(server)
    ship.message("INFO", "first")
    for percent in range(100):
        ship.progress(percent, f"at {percent}")
    server.open.set()
    assert ship.flush(10)
    assert server.told == [(99, "at 99")]


def test_what_the_sending_itself_logs_is_not_sent() -> None:
    class Chatty(Server):
        def send_messages(self, writer: str, messages: list[LogMessage]) -> None:
            logger.info("sending")
            super().send_messages(writer, messages)

    server = Chatty()
    ship = Shipper(server)
    logger = logging.getLogger("chatty of a test")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(LogHandler(lambda: ship))
    logger.warning("hello")
    assert ship.flush(10)
    logger.handlers.clear()
    assert server.texts == ["hello"]


def test_the_end_of_a_process_waits_no_longer_than_it_may_and_says_what_is_left(
    capfd: pytest.CaptureFixture[str],
) -> None:
    server = Server(*[AWAY] * 100)
    ship = Shipper(server, patience=0.2)
    ship.message("INFO", "lost")
    ship._finish()
    assert "1 messages and spans did not reach the server" in capfd.readouterr().err
    server.says.clear()
    assert ship.flush(10)


CHILDREN = """
import os, sys, threading
from pathlib import Path
from botyard.bot.shipping import Shipper

class Files:
    def send_messages(self, writer, messages):
        with open(sys.argv[1], "a") as file:
            file.writelines(f"{writer} {message.seq} {message.text}\\n" for message in messages)
    def send_spans(self, spans):
        pass

ship = Shipper(Files())
ship.message("INFO", "parent before")

def child():
    ship.message("INFO", "child")

"""


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(
            "import multiprocessing\nprocess = multiprocessing.get_context('fork').Process(target=child)\n"
            "process.start(); process.join()",
            id="multiprocessing",
        ),
        pytest.param("pid = os.fork()\nif not pid:\n    child(); sys.exit()\nos.waitpid(pid, 0)", id="fork"),
        pytest.param("threading.Thread(target=child).start()\nraise ValueError('ends')", id="thread and exception"),
        pytest.param("child()\nsys.exit(3)", id="exit"),
    ],
)
def test_no_way_to_end_loses_anything(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "lines"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", CHILDREN + rest, str(path)], env=environment, check=False, timeout=60)
    lines = [line.split(" ", 2) for line in path.read_text().splitlines()]
    assert sorted(text for _, _, text in lines) == ["child", "parent before"]
    assert len({(writer, number) for writer, number, _ in lines}) == 2
