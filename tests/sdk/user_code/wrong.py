"""What users get wrong; each line says in a comment what mypy has to object to. Read by tests/sdk/test_typing.py."""

from botyard.sdk import AsyncBotyard, Botyard


def in_a_script(yard: Botyard) -> None:
    yard.tasks.create(7)  # error: arg-type
    yard.tasks.create("invoices", month="2026-01")  # error: call-arg
    yard.tasks.create("invoices", {"month": "2026-01"}, 3)  # error: call-arg
    yard.tasks.get("7")  # error: arg-type
    yard.queues.create(auto_retry=True)  # error: call-arg
    yard.queues.create(label="orders", policy="random")  # error: arg-type
    yard.queues.update(max_retries=5)  # error: call-arg
    yard.queues.import_csv("orders", "n\n1\n")  # error: arg-type
    print(yard.tasks.get(7).colour)  # error: attr-defined
    print(yard.robots)  # error: attr-defined


async def in_an_event_loop(yard: AsyncBotyard) -> None:
    print(yard.tasks.get(7).state)  # error: attr-defined
    for task in yard.tasks.list():  # error: attr-defined
        print(task)
    with yard:  # error: attr-defined
        pass
