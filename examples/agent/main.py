"""A support agent: it takes tickets from a queue, looks each up in a handbook, and answers or hands over to a person.

The handbook and the writing are stand-ins that need no network, so that what is left is what every agent has: a loop
over a queue, steps inside steps, and a trace of what each step was given and what it made of it.
"""

import json
import os
import re
import time
from pathlib import Path

from bv.runtime import LogLevel, get_execution_id, log_message, queue, start_span
from bv.runtime.queue import ErrorType, Priority, Status
from bv.runtime.queue_item import QueueItem

QUEUE = "tickets"
#: An article that shares less than this part of its keywords with a question does not answer it.
ENOUGH = 0.4

HANDBOOK = {
    "Reset a password": (
        "password forgot reset login locked",
        "Choose 'Forgot password' on the sign-in page; the link in the mail works for one hour.",
    ),
    "Change a delivery address": (
        "address delivery change moved order",
        "Until an order is packed, its address can be changed under Orders > Details.",
    ),
    "Return an article": (
        "return refund article broken money",
        "Print the return label under Orders > Return. The money is back within five days of its arrival.",
    ),
    "Download an invoice": (
        "invoice download pdf tax bill",
        "Every invoice is a PDF under Orders > Documents.",
    ),
}

SAMPLES = [
    ("T-101", Priority.NORMAL, "I forgot my password and now my login is locked. How do I reset it?"),
    ("T-102", Priority.HIGH, "We moved! Can I change the delivery address of my order?"),
    ("T-103", Priority.NORMAL, "The article came broken. I want to return it and get my money back as a refund."),
    ("T-104", Priority.LOW, "Where can I download the invoice as a PDF for my tax return?"),
    ("T-105", Priority.NORMAL, "Do you sell gift wrapping for cats?"),
    ("T-106", Priority.LOW, ""),
]


class NeedsPerson(Exception):
    """No answer of ours would be a good one."""


def main() -> dict:
    """Answer tickets until the queue is empty, or as many as the parameter `limit` says; return the numbers."""
    limit = int(parameters().get("limit", 100))
    done = {"answered": 0, "handed_over": 0, "failed": 0}
    log_message(f"Answering at most {limit} tickets of {QUEUE} in {get_execution_id()}", LogLevel.INFO)
    with start_span("agent", input_payload={"queue": QUEUE, "limit": limit}) as run:
        for _ in range(limit):
            item = queue.get(QUEUE)
            if item is None:
                break
            done[handle(item)] += 1
        run.output_payload = dict(done)
    log_message(f"Done: {done}", LogLevel.INFO)
    return done


def fill() -> dict:
    """Put the sample tickets into the queue."""
    items = [
        queue.add(QUEUE, content={"question": question}, reference=reference, priority=priority)
        for reference, priority, question in SAMPLES
    ]
    return {"added": [item.id for item in items]}


def handle(item: QueueItem) -> str:
    """Answer one ticket and say in the queue what became of it; return which number it counts for."""
    with start_span("ticket", input_payload=item.content, tags={"reference": item.reference or ""}) as span:
        span.metadata = {"item": item.id, "attempt": item.attempt}
        try:
            answer = reply(str(item.content.get("question", "")))
        except NeedsPerson as reason:
            span.output_payload = {"handed_over": str(reason)}
            log_message(f"{item.reference}: {reason}", LogLevel.WARN)
            queue.set_status(item.id, Status.FAILED, error_type=ErrorType.BUSINESS, error_reason=str(reason))
            return "handed_over"
        except Exception as error:  # noqa: BLE001 -- whatever it is, the queue may try the ticket again
            span.output_payload = {"error": repr(error)}
            log_message(f"{item.reference}: {error!r}", LogLevel.ERROR)
            queue.set_status(item.id, Status.FAILED, error_type=ErrorType.APPLICATION, error_reason=repr(error))
            return "failed"
        span.output_payload = answer
        log_message(f'{item.reference}: answered from "{answer["article"]}"', LogLevel.INFO)
        queue.set_status(item.id, Status.DONE, output=answer)
        return "answered"


def reply(question: str) -> dict:
    """Return an answer with the article it comes from. Raises NeedsPerson."""
    if not question.strip():
        raise NeedsPerson("The ticket has no question.")
    with start_span("retrieve", input_payload={"question": question}) as retrieval:
        ranked = rank(question)
        retrieval.output_payload = {"best": ranked[0]}
    score, article = ranked[0]["score"], ranked[0]["article"]
    if score < ENOUGH:
        raise NeedsPerson("The handbook does not answer this.")
    with start_span("write", input_payload={"article": article}, tags={"model": "template"}) as writing:
        text = f"Thank you for writing to us. {HANDBOOK[article][1]}"
        writing.output_payload = {"text": text, "tokens": len(text.split())}
    return {"article": article, "score": score, "text": text}


def rank(question: str) -> list:
    """Return the articles of the handbook with how much of their keywords a question holds, the best first."""
    with start_span("rank", tags={"articles": str(len(HANDBOOK))}) as span:
        words = set(re.findall(r"[a-z]+", question.lower()))
        time.sleep(0.05)  # so that there is something to see in the trace
        found = [
            {"article": title, "score": round(len(words & set(keys.split())) / len(keys.split()), 2)}
            for title, (keys, _) in HANDBOOK.items()
        ]
        found.sort(key=lambda entry: entry["score"], reverse=True)
        span.output_payload = {"ranked": found}
        return found


def parameters() -> dict:
    """Return the parameters of the task; there are none when the agent is run by hand."""
    path = os.environ.get("BOTYARD_INPUT")
    if path is None:
        return {}
    return json.loads(Path(path).read_text(encoding="utf-8"))


if __name__ == "__main__":
    print(main())
