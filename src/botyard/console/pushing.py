"""The forms that push items: a field per declared value, the rest as one JSON object; or a table."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.core import queues
from botyard.core.queues import Field, Item, NewItem, Push, Queue
from botyard.storage import Tx
from botyard.web import Form

MAX_TABLE = 20 * 1024 * 1024


class PushForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it is shown; `values` are those of the declared fields, `wrong` names what `problem` is about."""

    fields: list[tuple[Field, str]]
    json: str = ""
    reference: str = ""
    priority: str = ""
    problem: str = ""
    hint: str = ""
    wrong: str | None = None


def form_of(queue: Queue, sent: Form | None, error: Invalid | None) -> PushForm:
    """Return the form to start from, or as it was sent with what was wrong about it."""
    if sent is None:
        return PushForm(fields=[(field, "") for field in queue.schema])
    return PushForm(
        fields=[(field, sent.text(f"v.{field.label}")) for field in queue.schema],
        json=sent.text("json"),
        reference=sent.text("reference"),
        priority=sent.text("priority"),
        problem=error.message if error else "",
        hint=error.hint if error else "",
        wrong=error.field if error else None,
    )


def push(tx: Tx, *, workspace_id: int, label: str, form: Form, actor: str, now: int) -> Item:
    """Push the item that a form describes. Raises Invalid naming the field, NotFound, AlreadyExists."""
    queue = queues.get(tx, workspace_id=workspace_id, label=label)
    new = NewItem(
        values=_values(queue, form),
        priority=_whole(form.text("priority").strip() or "0"),
        reference=form.text("reference").strip() or None,
    )
    call = Push(workspace_id=workspace_id, queue=label, items=[new], actor=actor, now=now)
    (answer,) = queues.push_many(tx, [call])
    if isinstance(answer, Exception):
        raise answer
    return answer[0]


async def table_of(form: Form) -> str:
    """Return the text of the table that was sent as a file, or pasted. Raises Invalid."""
    pasted = form.text("text")
    if pasted.strip():
        return pasted
    content = b""
    async for chunk in form.file("file").chunks():
        content += chunk
        if len(content) > MAX_TABLE:
            raise Invalid("The file is too large.", hint=f"Split it into files of at most {MAX_TABLE >> 20} MiB.")
    try:
        return content.decode("utf-8-sig").replace("\0", "\ufffd")
    except UnicodeDecodeError:
        raise Invalid("The file is not text in UTF-8.", hint="Save it as CSV in UTF-8.", field="file") from None


def _values(queue: Queue, form: Form) -> Any:
    text = form.text("json").strip()
    try:
        given = jsontext.decode(text) if text else {}
    except Invalid as error:
        raise Invalid(f"The JSON cannot be read. {error.message}", hint=error.hint, field="json") from None
    typed = {field: form.text(f"v.{field.label}") for field in queue.schema}
    filled = {field.label: _converted(field, value) for field, value in typed.items() if value.strip()}
    if not filled:
        return given
    if not isinstance(given, dict):
        raise Invalid("The JSON is not an object.", hint='Write {"name": "value"}.', field="json")
    return {**filled, **given}


def _converted(field: Field, typed: str) -> Any:
    kind = field.type.lower()
    if kind not in ("integer", "double"):
        return typed
    try:
        return int(typed) if kind == "integer" else float(typed)
    except ValueError:
        raise Invalid(f'"{field.label}" is not a number.', hint="Correct it.", field=field.label) from None


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise Invalid(f'Priority "{text[:20]}" is not a whole number.', hint="Use 0 to 10.", field="priority")
    return int(text)
