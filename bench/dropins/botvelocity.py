"""Calls of `bv-runtime`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.yard import Yard

MODULE = "botyard.sdk.botvelocity"
CLIENT = "botvelocity-2026.2.81610"
WORKSPACE = """
assets:
  - {name: TEXT, type: text, value: hello}
  - {name: KEY, type: secret, value: the-key}
  - {name: DB, type: credential, username: bot, password: the-password}
queues:
  - {label: bench, max_retries: 0}
"""


def prepare(place: Yard) -> dict[str, Any]:
    workspace = Path(tempfile.mkdtemp(), "workspace.yaml")
    workspace.write_text(WORKSPACE)
    place.cli("apply", str(workspace))
    connection = place.cli("connect", "botvelocity")
    return {name: connection[name] for name in ("base_url", "robot_token", "execution_id")}


def calls(settings: dict[str, Any]) -> dict[str, Callable[[], object]]:
    from bv import runtime  # type: ignore[import-not-found]

    runtime.context.set_runtime_context(**settings)
    return {**of_assets(runtime.assets), **of_queues(runtime.queue), **of_log(runtime)}


def of_assets(assets: Any) -> dict[str, Callable[[], object]]:
    secret = assets.get_secret("KEY")
    return {
        "get_asset": lambda: assets.get_asset("TEXT"),
        "set_asset": lambda: assets.set_asset("TEXT", "hello"),
        "get_secret().value": secret.value,
        "set_secret": lambda: assets.set_secret("KEY", "the-key"),
        "get_credential": lambda: assets.get_credential("DB"),
        "set_credential": lambda: assets.set_credential("DB", "bot", "the-password"),
    }


def of_queues(queue: Any) -> dict[str, Callable[[], object]]:
    content = {"text": "ação" * 50, "list": list(range(200))}

    def work_off() -> None:
        queue.set_status(queue.get("bench").id, queue.Status.DONE, output={"ok": True})

    return {
        "queue.add": lambda: queue.add("bench", content),
        "queue.get and set_status": work_off,
    }


def of_log(runtime: Any) -> dict[str, Callable[[], object]]:
    def nested() -> None:
        with runtime.start_span("outer", input_payload={"n": 1}) as outer, runtime.start_span("inner"):
            outer.output_payload = {"n": 2}

    spans = [runtime.TraceSpan(name=f"step {number}") for number in range(20)]
    return {
        "log_message": lambda: runtime.log_message("working", runtime.LogLevel.INFO),
        "emit_span": lambda: runtime.emit_span(spans[0]),
        "emit_spans": lambda: runtime.emit_spans(spans),
        "start_span": nested,
    }
