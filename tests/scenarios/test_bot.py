"""A bot that uses all of botyard.bot under a real runner, while its server is killed: nothing is lost or doubled."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.scenarios.yard import Yard, archive_of
from tests.support.processes import wait_until

EVERYTHING = """
    import asyncio, datetime, logging, multiprocessing, pathlib, threading, time
    from botyard import bot

    logger = logging.getLogger("shop")
    logging.getLogger().addHandler(bot.log_handler())


    @bot.traced(arguments=True, result=True)
    def price(order):
        return order["number"] * 2


    @bot.traced(name="ask")
    async def ask(number):
        with bot.span("answer"):
            await asyncio.sleep(0)


    async def many():
        await asyncio.gather(*(ask(number) for number in range(3)))


    def child(number):
        bot.log.info(f"child {number}")
        with bot.span(f"child {number}"):
            pass


    def talk(name):
        for number in range(600):
            bot.log.info(f"{name} {number}")
            time.sleep(0.005)


    @bot.main
    def work(when, letter, limit: float = 1.0):
        print("began", flush=True)
        assert (when, limit) == (datetime.datetime(2026, 3, 1, 7, tzinfo=datetime.timezone.utc), 2.0)
        assert bot.context.automation == "everything" and bot.context.attempt == 1 and not bot.context.local
        threads = [threading.Thread(target=bot.carry(talk), args=(name,)) for name in ("a", "b")]
        with bot.span("root", kind="test"):
            for thread in threads:
                thread.start()
            asyncio.run(many())
            for item in bot.queue("orders").items(batch=2):
                with item:
                    if item["number"] == 2:
                        raise bot.BusinessError("no such customer")
                    if item["number"] == 3:
                        raise ValueError("broken")
                    item.result = price(item.values)
        for start in ("fork", "spawn"):
            process = multiprocessing.get_context(start).Process(target=child, args=(start,))
            process.start()
            process.join()
        bot.queue("next").push([{"of": 1}, {"of": 2}])
        password = bot.secret("erp", "password")
        login = bot.asset("mail")
        bot.log.warning("Signs in", password=password, revealed=password.reveal(), user=login.username)
        logger.warning("from %s", "logging")
        print(bot.artifact(b"a,b", "table.csv"))
        (bot.context.output_files / "left.txt").write_text("left")
        picture = pathlib.Path("screen.png")
        picture.write_bytes(bytes.fromhex("89504e470d0a1a0a"))
        bot.report_error(ValueError("seen"), screenshot=picture, tags={"page": "login"})
        bot.alert("Two are wrong", level="warn")
        bot.message("Done", "All of it.", addresses=["ann@example.com"])
        bot.cache.put("seen", [1, 2])
        assert bot.cache.get("seen") == [1, 2] and bot.cache.get("none", 7) == 7
        bot.progress(60, "half way")
        for thread in threads:
            thread.join()
        bot.finish(message="Two were wrong.", partial=True)
        return {"letter": letter, "left": "left.txt"}


    if __name__ == "__main__":
        work()
"""

STOPPED = """
    import time
    from botyard import bot

    @bot.main
    def work():
        print("began", flush=True)
        with bot.span("waiting"):
            while True:
                bot.raise_on_interrupt()
                time.sleep(0.02)

    work()
"""

CANCELLED = """
    import time
    from botyard import bot

    @bot.main
    def work():
        print("began", flush=True)
        try:
            for number in range(10 ** 6):
                bot.log.info(number)
                time.sleep(0.01)
        finally:
            bot.log.info("ends")

    work()
"""

FAILING = """
    import threading
    from botyard import bot

    for number in range(1000):
        bot.log.info(f"line {number}")
    threading.Thread(target=lambda: bot.log.info("from a thread")).start()
    bot.run(lambda: 1 / 0)
"""


@pytest.mark.kill
@pytest.mark.timeout(180)
def test_a_bot_with_everything_goes_on_while_its_server_is_killed(yard: Yard) -> None:
    yard.add_runner()
    task = _start_everything(yard)
    wait_until(lambda: yard.client.spans.progress(task).percent == 60, seconds=90, what="the progress")
    yard.server.kill()
    yard.server.start_ready()
    yard.reconnect()
    done = yard.settled(task)
    assert (done.state, done.message, done.attempts) == ("partial", "Two were wrong.", 1)
    assert (done.total_items, done.processed_items, done.failed_items) == (4, 2, 2)
    assert done.output == {"letter": "A", "left": "left.txt"}
    _check_log(yard, task)
    _check_items(yard)
    _check_spans(yard, task)
    _check_records(yard, task)


def _start_everything(yard: Yard) -> int:
    client = yard.client
    yard.deploy("everything", archive_of(main_py=EVERYTHING))
    declared = [{"name": "when", "type": "datetime", "scope": "In"}, {"name": "limit", "type": "double", "scope": "In"}]
    client.automations.update("everything", parameters=[*declared, {"name": "left", "type": "file", "scope": "Out"}])
    client.queues.create(label="orders")
    client.queues.create(label="next")
    client.queues.push("orders", [{"number": number} for number in range(1, 5)])
    client.credentials.create(label="erp", secrets={"password": "correct horse"})
    client.assets.put("mail", "credential", username="robot", password="battery staple")
    given = {"when": "2026-03-01T08:00:00+01:00", "limit": 2, "letter": "A"}
    return client.tasks.create("everything", given).id


def _check_log(yard: Yard, task: int) -> None:
    said = yard.lines(task, stream="log")
    for name in ("a", "b"):
        numbered = [line for line in said if line.startswith(f"INFO  {name} ")]
        assert numbered == [f"INFO  {name} {number}" for number in range(600)]
    assert Counter(said).most_common(1)[0][1] == 1
    assert {"INFO  child fork", "INFO  child spawn", "WARN  from logging"} <= set(said)
    (line,) = [line for line in said if "Signs in" in line]
    assert line == 'WARN  Signs in password=[secret] revealed="[secret]" user=robot'
    assert yard.lines(task)[0] == "began"
    assert not yard.lines(task, stream="stderr")


def _check_items(yard: Yard) -> None:
    items = {item.values["number"]: item for item in yard.client.items.list("orders")}
    kinds = {number: (item.state, item.error_kind, item.result) for number, item in items.items()}
    assert kinds == {
        1: ("done", None, 2),
        2: ("error", "business", None),
        3: ("error", "application", None),
        4: ("done", None, 8),
    }
    assert items[2].message == "no such customer"
    assert (items[3].message or "").startswith("ValueError: broken\n\nTraceback")
    assert yard.client.queues.get("next").counts["pending"] == 2


def _check_spans(yard: Yard, task: int) -> None:
    spans = {span.span_id: span for span in yard.client.spans.of_task(task)}
    parents = Counter((span.name, spans[span.parent_id].name if span.parent_id else "") for span in spans.values())
    assert parents == {
        ("root", ""): 1,
        ("ask", "root"): 3,
        ("answer", "ask"): 3,
        ("price", "root"): 2,
        ("child fork", ""): 1,
        ("child spawn", ""): 1,
    }
    assert {span.status for span in spans.values()} == {"ok"}
    price = next(span for span in spans.values() if span.name == "price")
    detail = yard.client.spans.get(task, 1, price.span_id)
    assert (detail.input, detail.output) in [({"order": {"number": n}}, n * 2) for n in (1, 4)]


def _check_records(yard: Yard, task: int) -> None:
    client = yard.client
    assert {file.name for file in client.tasks.artifacts(task)} == {"table.csv", "left.txt"}
    (error,) = client.errors.list(task=task)
    assert (error.type, error.message, error.tags) == ("ValueError", "seen", {"page": "login"})
    assert [(file.kind, file.name) for file in client.errors.get(error.id).files] == [("screenshot", "screen.png")]
    assert [(alert.level, alert.title) for alert in client.tasks.alerts(task)] == [("warn", "Two are wrong")]
    (mail,) = client.messages.list(task=task)
    assert (mail.subject, mail.addresses) == ("Done", ["ann@example.com"])


def test_a_bot_stops_in_good_order_and_one_that_is_cancelled_loses_nothing(shared_yard: Yard) -> None:
    first = shared_yard.start("stopped", STOPPED)
    second = shared_yard.start("cancelled", CANCELLED)
    shared_yard.running(first, line="began")
    shared_yard.running(second, line="began")
    shared_yard.act(first, "interrupt")
    shared_yard.act(second, "cancel")
    done = shared_yard.settled(first)
    assert (done.state, done.message) == ("partial", "Interrupted.")
    assert [span.name for span in shared_yard.client.spans.of_task(first)] == ["waiting"]
    assert shared_yard.settled(second).state == "cancelled"
    said = shared_yard.lines(second, stream="log")
    assert said == [f"INFO  {number}" for number in range(len(said) - 1)] + ["INFO  ends"]


def test_nothing_is_lost_when_a_bot_fails(shared_yard: Yard) -> None:
    task = shared_yard.start("failing", FAILING)
    done = shared_yard.settled(task)
    assert (done.state, done.message) == (
        "failed",
        "The bot ended with exit code 1: ZeroDivisionError: division by zero",
    )
    said = shared_yard.lines(task, stream="log")
    assert sorted(said) == sorted(["INFO  from a thread", *(f"INFO  line {number}" for number in range(1000))])
    assert [error.type for error in shared_yard.client.errors.list(task=task)] == ["ZeroDivisionError"]
