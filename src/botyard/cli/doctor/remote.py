"""Looking at a server over its address: whether it answers, and what in its workspace needs somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botyard.cli.doctor.check import Check, bad, ok, warn

if TYPE_CHECKING:
    from botyard.sdk import Botyard

_SECONDS = 5.0
_SKEW = 30.0
_FEW = 20
_FORBIDDEN = 403
_UNKNOWN = 401


def look(*, data: Path, server: str | None, token: str | None, workspace: str | None) -> list[Check]:
    """Return what was found out about the server that is meant."""
    return list(_look(data, server, token, workspace))


def _look(data: Path, server: str | None, token: str | None, workspace: str | None) -> Iterator[Check]:
    from botyard.cli import session
    from botyard.sdk.errors import CallError

    try:
        address, key = session.target(data, server, token)
    except CallError as error:
        yield bad("server", error.message, error.hint)
        return
    answering = list(_answer(address))
    yield from answering
    if answering[0].verdict == "bad":
        return
    with session.connect(data=data, server=address, token=key, workspace=workspace, timeout=_SECONDS) as yard:
        for name, examine in _EXAMINED.items():
            try:
                yield examine(yard)
            except CallError as error:
                forbidden = error.status == _FORBIDDEN
                yield warn(name, error.message, error.hint) if forbidden else bad(name, error.message, error.hint)
                if error.status == _UNKNOWN:
                    return


def _answer(address: str) -> Iterator[Check]:
    """Say whether it answers, which version it has, and whether its clock agrees with this machine's."""
    import httpx2

    from botyard import __version__

    try:
        reply = httpx2.get(f"{address.rstrip('/')}/healthz", timeout=_SECONDS)
        health = reply.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        yield bad("server", f"{address} does not answer: {error}.", 'Start it with "botyard up", or correct --server.')
        return
    if not isinstance(health, dict) or health.get("status") != "ok":
        yield bad("server", f"{address} is not ready.", "Look at what it writes; /healthz says which loop rests.")
    else:
        yield ok("server", f"{address} answers.")
    version = str(health.get("version")) if isinstance(health, dict) else "none"
    if version == __version__:
        yield ok("version", version)
    else:
        yield warn("version", f"The server has {version}, this command {__version__}.", "Use the same version.")
    if "date" in reply.headers:
        skew = (datetime.now(UTC) - parsedate_to_datetime(reply.headers["date"])).total_seconds()
        if abs(skew) > _SKEW:
            yield bad("clock", f"This machine is {skew:+.0f} seconds off the server.", "Set both clocks by NTP.")
        else:
            yield ok("clock", "agrees with the server's.")


def _role(yard: Botyard) -> Check:
    me = yard.users.me()
    return ok("key", f"{me.name} is {me.role or me.kind} in the workspace {me.workspace}.")


def _runners(yard: Botyard) -> Check:
    found = list(yard.runners.list())
    online = [one for one in found if one.online]
    if not found:
        return warn("runners", "None has ever connected.", 'Make a join code with "botyard connect runner".')
    if not online:
        return bad("runners", f"None of {len(found)} is connected.", 'Start one with "botyard runner".')
    lost = len(found) - len(online)
    return ok("runners", f"{len(online)} connected" + (f", {lost} not" if lost else ""))


def _waiting(yard: Botyard) -> Check:
    """Say which tasks wait for a runner that is not there."""
    labels = {one.label for one in yard.runners.list() if one.online and not one.draining}
    automations = {task.automation: task.id for task in yard.tasks.list(state="queued", limit=_FEW * 10)}
    stuck = []
    for automation, task in islice(automations.items(), _FEW):
        wanted = yard.automations.get(automation).runner_label
        if not labels or (wanted and wanted not in labels):
            stuck.append(f"{task} of {automation}" + (f" (label {wanted})" if wanted else ""))
    if stuck:
        return warn(
            "tasks", f"No runner is there for {', '.join(stuck)}.", "Start a runner with the label they ask for."
        )
    return ok("tasks", "none waits for a runner that is not there.")


def _vault(yard: Botyard) -> Check:
    """Say whether secrets can be opened: the server compares one with another value, and tells neither."""
    from botyard.sdk.errors import Unavailable

    held = next((one for one in islice(yard.credentials.list(), _FEW) if one.keys), None)
    if held is None:
        return ok("vault", "holds no secrets here.")
    document = {"credentials": [{"label": held.label, "secrets": {held.keys[0].name: "-"}}]}
    try:
        yard.using(patience=0.0).workspace.apply(document, dry_run=True)
    except Unavailable as error:
        return bad("vault", error.message, error.hint)
    return ok("vault", "open")


def _mail(yard: Botyard) -> Check:
    failed = list(islice(yard.messages.list(state="failed", limit=_FEW), _FEW))
    if not failed:
        return ok("mail", "no delivery has failed.")
    latest = failed[0]
    return warn(
        "mail",
        f"{len(failed)} messages failed; the latest is {latest.id}: {latest.error or latest.subject}",
        f"Correct BOTYARD_SMTP_*, then botyard message repeat {latest.id}.",
    )


def _schedules(yard: Botyard) -> Check:
    failing = [one for one in islice(yard.schedules.list(), 500) if one.error]
    if not failing:
        return ok("schedules", "none fails.")
    named = ", ".join(f"{one.id} of {one.automation}: {one.error}" for one in failing[:3])
    return bad("schedules", f"{len(failing)} cannot fire; {named}", "Correct them with botyard schedule update.")


_EXAMINED: dict[str, Callable[[Any], Check]] = {
    "key": _role,
    "runners": _runners,
    "tasks": _waiting,
    "vault": _vault,
    "mail": _mail,
    "schedules": _schedules,
}
