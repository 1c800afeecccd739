"""A task of a server: everything goes over the native protocol, with the token of the attempt."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from botyard.bot.backend import Ending, PulledItem
from botyard.bot.errors import NotInTask
from botyard.bot.given import About, Context, typed
from botyard.bot.handles import Login, Secret
from botyard.bot.shipping import Shipper
from botyard.sdk import Botyard
from botyard.sdk.content import Source
from botyard.wire.queues import ItemReport, NewItem
from botyard.wire.records import AlertLevel, MessageFormat
from botyard.wire.traces import NewSpan
from botyard.wire.work import LogMessage


class Remote:
    """The task that the environment of this process tells of."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._about = _about(environment)
        self.patience = float(self._about.lease_seconds)
        self.yard = Botyard(
            environment.get("BOTYARD_SERVER"),
            environment.get("BOTYARD_TOKEN"),
            patience=self.patience,
        )
        self._interrupt = environment.get("BOTYARD_INTERRUPT", "")
        self._shipper = Shipper(_Courier(self.yard, self._about.task), patience=self.patience)
        self.message = self._shipper.message
        self.span = self._shipper.span
        self.progress = self._shipper.progress
        self.flush = self._shipper.flush

    @property
    def busy(self) -> bool:
        """Whether the present thread is just sending messages."""
        return self._shipper.busy

    @property
    def context(self) -> Context:
        """The task."""
        about, here = self._about, Path.cwd()
        return Context(
            task=about.task,
            attempt=about.epoch,
            automation=about.automation,
            version=about.version,
            workspace=about.workspace,
            runner=about.runner,
            local=False,
            input_files=Path(self._environment.get("BOTYARD_INPUT_FILES") or here),
            output_files=Path(self._environment.get("BOTYARD_OUTPUT_FILES") or here),
        )

    @property
    def dialect(self) -> str:
        """The dialect that the bot was deployed for."""
        return self._about.dialect

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked the bot to stop."""
        return bool(self._interrupt) and os.path.exists(self._interrupt)  # noqa: PTH110 -- asked in tight loops

    def parameters(self) -> dict[str, Any]:
        """Return the parameters, as their types have them."""
        path = self._environment.get("BOTYARD_INPUT")
        if path:
            return typed(msgspec.json.decode(Path(path).read_bytes(), type=dict[str, Any]), self._about.types)
        return self.yard.tasks.get(self._about.task).parameters

    def output(self, content: bytes) -> None:
        """Keep what the bot returns: the runner sends it, with the files that it names, when the process has ended."""
        path = self._environment.get("BOTYARD_OUTPUT")
        if path:
            Path(path).write_bytes(content)
        else:
            self.yard.tasks.finish(self._about.task, outcome="succeeded", output=msgspec.json.decode(content))

    def finish(self, ending: Ending) -> None:
        """Say how the task ended."""
        self.yard.tasks.finish(
            self._about.task,
            outcome=ending.outcome,
            message=ending.message,
            total_items=ending.total,
            processed_items=ending.processed,
            failed_items=ending.failed,
        )

    def pull(self, queue: str, count: int, wait: float) -> list[PulledItem]:
        """Take items of a queue."""
        return [
            PulledItem(
                id=item.id,
                values=item.values,
                priority=item.priority,
                reference=item.reference,
                retry_index=item.retry_index,
            )
            for item in self.yard.queues.pull(queue, count=count, wait=wait).items
        ]

    def report(self, queue: str, report: ItemReport) -> str | None:
        """Say what became of an item; return why that was refused, None when it was not."""
        (verdict,) = self.yard.queues.report(queue, [report]).verdicts
        return None if verdict.code is None else verdict.detail or verdict.code

    def release(self, queue: str, items: Sequence[int]) -> None:
        """Put items back into their places in line."""
        self.yard.queues.release(queue, items)

    def push(self, queue: str, items: Sequence[NewItem], *, keep_existing: bool) -> list[int]:
        """Push items and return their ids."""
        found: list[int] = []
        for start in range(0, len(items), 1000):
            pushed = self.yard.queues.push(queue, items[start : start + 1000], keep_existing=keep_existing)
            found += [item.id for item in pushed.items]
        return found

    def secret(self, label: str, key: str) -> str:
        """Return a value of a credential."""
        return self.yard.credentials.value(label, key).value

    def asset(self, name: str, folder: str | None) -> Any:
        """Return the value of an asset; of a secret one a handle."""
        asset = self.yard.assets.get(name, folder=folder)
        if asset.type not in ("secret", "credential"):
            return asset.value
        hidden = self.yard.assets.secret(name, folder=asset.folder)
        return Secret(hidden.value) if asset.type == "secret" else Login(hidden.username or "", Secret(hidden.value))

    def artifact(self, name: str, content: Source) -> str:
        """Keep a file with the task and return what it is called."""
        return self.yard.artifacts.upload(self._about.task, name, content).file_name

    def error(self, type: str, message: str, stack: str, tags: Mapping[str, str]) -> int:  # noqa: A002 -- its name
        """Report an error and return its id."""
        made = self.yard.errors.report(self._about.task, type=type, message=message, stack=stack, tags=dict(tags))
        return made.id

    def attach(self, error: int, path: Path, *, screenshot: bool) -> None:
        """Add a file to a reported error."""
        self.yard.errors.attach(error, path.name, path, kind="screenshot" if screenshot else "attachment")

    def alert(self, title: str, message: str, level: AlertLevel) -> None:
        """Raise an alert."""
        self.yard.alerts.create(self._about.task, title, message, level=level)

    def mail(self, subject: str, body: str, to: Mapping[str, Sequence[str]], form: MessageFormat) -> None:
        """Send mail to `addresses`, `users` and `groups`."""
        self.yard.messages.send(
            subject=subject,
            body=body,
            format=form,
            addresses=[*to["addresses"]],
            users=[*to["users"]],
            groups=[*to["groups"]],
        )

    def cached(self, key: str) -> Any:
        """Return what lies under a key. Raises Missing."""
        return self.yard.cache.get(key).value

    def keep(self, key: str, value: Any, ttl: float | None) -> None:
        """Keep a value under a key, for so many seconds or without an end."""
        self.yard.cache.put(key, value, ttl=ttl)

    def forget(self, key: str) -> None:
        """Forget what lies under a key."""
        self.yard.cache.delete(key)


class _Courier:
    """Sends batches, each with one try; the shipper has the patience."""

    def __init__(self, yard: Botyard, task: int) -> None:
        self._yard = yard.using(patience=0, timeout=15)
        self._task = task

    def send_messages(self, writer: str, messages: list[LogMessage]) -> None:
        self._yard.tasks.send_messages(self._task, writer, messages)

    def send_spans(self, spans: list[NewSpan]) -> None:
        self._yard.spans.add(self._task, spans)

    def send_progress(self, percent: float, text: str) -> None:
        self._yard.tasks.tell_progress(self._task, percent, text)


def belongs_to_task(environment: Mapping[str, str]) -> bool:
    """Say whether this process was started for a task. Raises NotInTask for one that may not speak for it."""
    if not environment.get("BOTYARD_TASK_ID"):
        return False
    if environment.get("BOTYARD_SERVER") and (
        environment.get("BOTYARD_TOKEN") or environment.get("BOTYARD_TOKEN_FILE")
    ):
        return True
    raise NotInTask(
        "This process runs a task, and has no BOTYARD_SERVER or no token: bots of the dialects botvelocity and automio "
        "speak through their own libraries. Deploy the bot as a plain one to use botyard.bot."
    )


def _about(environment: Mapping[str, str]) -> About:
    path = environment.get("BOTYARD_CONTEXT")
    if path:
        return msgspec.json.decode(Path(path).read_bytes(), type=About)
    return About(task=int(environment["BOTYARD_TASK_ID"]))
