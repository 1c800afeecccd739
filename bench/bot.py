"""What a message, a record of `logging` and a span cost a bot that uses botyard.bot, under a real runner and server.

    .venv/bin/python -m bench.bot [CALLS]

The bot measures itself: the wall clock of its calls, while what it writes goes to the server in the background. Ends
with exit code 1 when the mean of one kind of call is over 50 µs, or when the server has not all of them in the end.
"""

from __future__ import annotations

import io
import sys
import zipfile
from typing import Any

from bench.yard import yard
from botyard.sdk import Botyard

LIMIT = 50.0
BOT = """
import logging, time
from botyard import bot

logger = logging.getLogger("bench")
logger.addHandler(bot.log_handler())
logger.setLevel(logging.INFO)


@bot.traced(arguments=True, result=True)
def traced(number):
    return number


def span(number):
    with bot.span("piece", number=number):
        pass


CALLS = {
    "bot.log.info(text)": lambda number: bot.log.info("A line of usual length, as bots write them"),
    "bot.log.info(text, two fields)": lambda number: bot.log.info("Checked", invoice=number, supplier="ACME Ltd."),
    "logging, through the handler": lambda number: logger.info("Checked invoice %d", number),
    "with bot.span(name, a tag)": span,
    "@bot.traced with payloads": traced,
}


@bot.main
def work(calls):
    bot.log.info("ready")
    bot.flush(10)
    told = {}
    for name, call in CALLS.items():
        times = []
        for number in range(calls):
            began = time.perf_counter_ns()
            call(number)
            times.append(time.perf_counter_ns() - began)
        told[name] = {
            "mean": sum(times) / calls / 1000,
            "median": sorted(times)[calls // 2] / 1000,
            "99 %": sorted(times)[calls * 99 // 100] / 1000,
        }
        bot.flush(60)
    return told


work()
"""


def measure(calls: int) -> tuple[dict[str, dict[str, float]], int, int]:
    """Return what the bot measured, in microseconds, and how many lines and spans the server has of it."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", BOT)
    with yard(None) as place, Botyard(place.url, place.admin_token()) as client:
        client.automations.deploy("bench", package.getvalue(), dialect="plain")
        task: Any = client.tasks.run("bench", {"calls": calls}, timeout=600)
        if task.state != "succeeded":
            raise SystemExit(client.tasks.log_text(task.id).text()[-2000:])
        lines = sum(line.stream == "log" for line in client.tasks.logs(task.id))
        return task.output, lines, sum(1 for _ in client.spans.of_task(task.id))


def main() -> None:
    """Print a table, and fail over the limit or when something is missing."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    told, lines, spans = measure(calls)
    print(f"{'µs a call, ' + str(calls) + ' calls':34} {'mean':>8} {'median':>8} {'99 %':>8}")
    for name, values in told.items():
        print(f"{name:34} {values['mean']:8.1f} {values['median']:8.1f} {values['99 %']:8.1f}")
    print(f"{lines} lines and {spans} spans are with the server, of {3 * calls + 1} and {2 * calls}")
    slow = [name for name, values in told.items() if values["mean"] > LIMIT]
    if slow or (lines, spans) != (3 * calls + 1, 2 * calls):
        raise SystemExit(f"Too slow: {', '.join(slow) or 'nothing'}; limit {LIMIT:g} µs.")


if __name__ == "__main__":
    main()
