"""What an action of Automio needs beyond other bots: its client library, the variables that this reads, and plugins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import msgspec

from botyard.runner.environment import REQUIREMENT_FILES, PreparationFailed, requirements_of
from botyard.runner.job import Job
from botyard.wire import automio
from botyard.wire import native as wire

DIALECT = automio.DIALECT
BOOTSTRAP = Path(__file__).with_name("bootstrap") / "automio.py"

_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})


def prepare(package: Path) -> None:
    """Let an unpacked package be given a client and what that needs, unless its requirements are locked."""
    declared = requirements_of(package)
    if declared is not None and declared.name != REQUIREMENT_FILES[-1]:
        return
    text = "" if declared is None else declared.read_bytes().decode("utf-8", "replace")
    if "--hash" in text:
        return
    lines = text.splitlines()
    added = automio.completed(lines)[len(lines) :]
    (package / REQUIREMENT_FILES[-1]).write_text("".join(f"{line}\n" for line in (*lines, *added)), "utf-8")


def run_of(grant: wire.LeaseGrant) -> wire.RunGrant:
    """Return what the action is given. Raises PreparationFailed for a package that is no action of an app."""
    if grant.run is None:
        raise PreparationFailed(
            f'"{grant.automation}" is no action of an app. Deploy it again with --dialect automio, or declare it '
            "under apps in a workspace file."
        )
    return grant.run


def variables(grant: wire.LeaseGrant, server: str, outer: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the client reads (contract g.3); `outer` are those that its process has besides.

    Both addresses are always set: a client without one would send its token to the vendor.
    """
    base = server.rstrip("/")
    found = {
        **run_of(grant).variables,
        "API_BASE_URL": base,
        "PUBLIC_API_BASE_URL": f"{base}/api",
        "APP_TOKEN": grant.token,
        "CACHE_SERVICE_URL": f"{base}{automio.CACHE_PATH}",
        "CACHE_SERVICE_TOKEN": grant.token,
    }
    if any(name.lower() in _PROXIES for name in outer):
        around = ",".join(filter(None, (outer.get("NO_PROXY") or outer.get("no_proxy"), urlsplit(base).hostname)))
        found |= {"NO_PROXY": around, "no_proxy": around}
    return found


def hand_over(grant: wire.LeaseGrant, job: Job) -> None:
    """Write what the code is given, and the modules that it may import. Raises PreparationFailed."""
    job.write_context(msgspec.json.encode(run_of(grant).values))
    for name, source in grant.modules.items():
        path = PurePosixPath(name)
        if path.is_absolute() or path.suffix != ".py" or not set(path.parts).isdisjoint({"..", "."}):
            raise PreparationFailed(f'The server sent a module "{name[:100]}", which is no place for one.')
        file = job.modules.joinpath(*path.parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        for folder in file.relative_to(job.modules).parents[:-1]:
            (job.modules / folder / "__init__.py").touch()
        file.write_text(source, "utf-8")
