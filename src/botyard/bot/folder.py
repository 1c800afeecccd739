"""A folder in place of a server: the same bot runs on the machine of whoever writes it, without a network."""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from botyard.bot.backend import Ending, PulledItem
from botyard.bot.given import Context, typed
from botyard.bot.localfiles import LocalQueue, Secrets, read_json, read_parameters
from botyard.bot.spans import Span
from botyard.sdk.content import Source, sent
from botyard.sdk.errors import Missing
from botyard.wire.queues import ItemReport, NewItem
from botyard.wire.records import AlertLevel, MessageFormat

#: The folder, when no other is named.
FOLDER = "botyard-local"


class Local:
    """A task that there is nowhere: what it needs is read from a folder, and what it tells is written there.

    In the folder: `parameters.json` (and `types.json`), `secrets.json` or `secrets.env`, `assets.json`,
    `queues/<label>.jsonl` or `.csv`, `inputs/`. From the bot: `log.txt`, `spans.jsonl`, `artifacts/`, `outputs/`,
    `result.json`, `alerts.jsonl`, `messages.jsonl`, `errors.jsonl`, `progress.json`.
    A file `interrupt` asks it to stop.
    """

    busy = False
    dialect = "plain"
    patience = 0.0

    def __init__(self, folder: Path, *, parameters: Mapping[str, Any] | None = None, arguments: Sequence[str]) -> None:
        self.folder = folder.resolve()
        for name in ("artifacts", "inputs", "outputs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._given = parameters
        self._arguments = arguments
        self._secrets = Secrets(self.folder)
        self._queues: dict[str, LocalQueue] = {}
        self._result: dict[str, Any] = {}
        self._errors = itertools.count(1)
        self._lock = threading.RLock()
        self._began: set[str] = set()

    @property
    def context(self) -> Context:
        """The task."""
        return Context(
            task=0,
            attempt=1,
            automation=Path(sys.argv[0]).stem or "bot",
            version="",
            workspace="local",
            runner="",
            local=True,
            input_files=self.folder / "inputs",
            output_files=self.folder / "outputs",
        )

    @property
    def interrupted(self) -> bool:
        """Whether there is a file `interrupt`."""
        return os.path.exists(self.folder / "interrupt")  # noqa: PTH110 -- asked in tight loops

    def parameters(self) -> dict[str, Any]:
        """Return the parameters: those that were given, else those of the folder and of the command line."""
        found = dict(self._given) if self._given is not None else read_parameters(self.folder, self._arguments)
        return typed(found, read_json(self.folder / "types.json"))

    def message(self, level: str, text: str) -> None:
        """Show a message and keep it in log.txt."""
        now = time.time()
        moment = f"{time.strftime('%H:%M:%S', time.localtime(now))}.{int(now % 1 * 1000):03}"
        lines = "".join(f"{moment} {level:5} {line}\n" for line in text.splitlines() or [""])
        with self._lock:
            sys.stderr.write(lines)
            self._add("log.txt", lines.encode("utf-8", "replace"))

    def span(self, span: Span) -> None:
        """Keep a span once it has ended."""
        if span.ended:
            with self._lock:
                self._append("spans.jsonl", {name: each for name, each in span.told().items() if each is not None})

    def flush(self, seconds: float | None) -> bool:  # noqa: ARG002 -- nothing waits
        """Say that everything is kept."""
        return True

    def progress(self, percent: float, text: str) -> None:
        """Show progress and keep it."""
        self._write("progress.json", {"percent": percent, "info": text})
        self.message("INFO", f"[{percent:3.0f} %] {text}".rstrip())

    def output(self, content: bytes) -> None:
        """Keep what the bot returns in result.json."""
        self._result["output"] = msgspec.Raw(content)
        self._write("result.json", self._result)

    def finish(self, ending: Ending) -> None:
        """Keep how the task ended in result.json."""
        told = {name: value for name, value in msgspec.structs.asdict(ending).items() if value not in (None, "")}
        self._result |= told
        self._write("result.json", self._result)

    def pull(self, queue: str, count: int, wait: float) -> list[PulledItem]:  # noqa: ARG002 -- nobody else pushes
        """Take items of a queue."""
        with self._lock:
            return self._queue(queue).pull(count)

    def report(self, queue: str, report: ItemReport) -> str | None:
        """Keep what became of an item."""
        with self._lock:
            return self._queue(queue).report(msgspec.to_builtins(report))

    def release(self, queue: str, items: Sequence[int]) -> None:
        """Put items back."""
        with self._lock:
            self._queue(queue).release(items)

    def push(self, queue: str, items: Sequence[NewItem], *, keep_existing: bool) -> list[int]:  # noqa: ARG002
        """Push items."""
        with self._lock:
            return self._queue(queue).push([msgspec.to_builtins(item) for item in items])

    def secret(self, label: str, key: str) -> str:
        """Return a value of a credential."""
        return self._secrets.value(label, key)

    def asset(self, name: str, folder: str | None) -> Any:  # noqa: ARG002 -- there are no folders here
        """Return the value of an asset."""
        return self._secrets.asset(name)

    def artifact(self, name: str, content: Source) -> str:
        """Keep a file in `artifacts`; one of the same name stays, and the newer one gets a number."""
        path = _free(self.folder / "artifacts" / Path(name).name)
        _write_source(path, content)
        return path.name

    def error(self, type: str, message: str, stack: str, tags: Mapping[str, str]) -> int:  # noqa: A002 -- its name
        """Keep a report in errors.jsonl."""
        number = next(self._errors)
        told = {"id": number, "type": type, "message": message, "stack": stack, "tags": dict(tags)}
        self._append("errors.jsonl", told)
        return number

    def attach(self, error: int, path: Path, *, screenshot: bool) -> None:
        """Keep a file of a report."""
        kind = "screenshot" if screenshot else "attachment"
        self.artifact(f"error-{error}-{kind}-{path.name}", path)

    def alert(self, title: str, message: str, level: AlertLevel) -> None:
        """Keep an alert in alerts.jsonl."""
        self._append("alerts.jsonl", {"level": level, "title": title, "message": message})

    def mail(self, subject: str, body: str, to: Mapping[str, Sequence[str]], form: MessageFormat) -> None:
        """Keep mail in messages.jsonl; nothing is sent."""
        self._append("messages.jsonl", {"subject": subject, "body": body, "format": form, **to})

    def cached(self, key: str) -> Any:
        """Return what lies under a key. Raises Missing."""
        found = read_json(self.folder / "cache.json").get(key)
        if found is None or (found["until"] is not None and found["until"] < time.time()):
            raise Missing(f'There is nothing under "{key}".', hint="Put something there first.")
        return found["value"]

    def keep(self, key: str, value: Any, ttl: float | None) -> None:
        """Keep a value in cache.json."""
        until = None if ttl is None else time.time() + ttl
        with self._lock:
            self._write("cache.json", {**read_json(self.folder / "cache.json"), key: {"value": value, "until": until}})

    def forget(self, key: str) -> None:
        """Forget what lies under a key."""
        with self._lock:
            kept = read_json(self.folder / "cache.json")
            kept.pop(key, None)
            self._write("cache.json", kept)

    def _queue(self, label: str) -> LocalQueue:
        if label not in self._queues:
            self._queues[label] = LocalQueue(self.folder, label)
        return self._queues[label]

    def _append(self, name: str, told: Any) -> None:
        self._add(name, msgspec.json.encode(told) + b"\n")

    def _add(self, name: str, content: bytes) -> None:
        """Add to a file, which begins anew with each run."""
        with self._lock:
            mode = "ab" if name in self._began else "wb"
            self._began.add(name)
            with (self.folder / name).open(mode) as file:
                file.write(content)

    def _write(self, name: str, told: Any) -> None:
        (self.folder / name).write_bytes(msgspec.json.format(msgspec.json.encode(told)) + b"\n")


def _free(path: Path) -> Path:
    for number in itertools.count(2):
        if not path.exists():
            break
        path = path.with_name(f"{path.stem.removesuffix(f' ({number - 1})')} ({number}){path.suffix}")
    return path


def _write_source(path: Path, content: Source) -> None:
    data = sent(content)
    with path.open("wb") as file:
        if isinstance(data, bytes):
            file.write(data)
        elif hasattr(data, "read"):
            while piece := data.read(1 << 20):
                file.write(piece)
        else:
            for piece in data:
                file.write(piece)
