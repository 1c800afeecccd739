"""Files that a bot is given: fetched before it starts, under names that are safe on every system."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from botyard.runner.environment import PreparationFailed
from botyard.sdk import exchange, running
from botyard.sdk.errors import Refused, Unavailable
from botyard.sdk.native import AsyncClient
from botyard.wire import native as wire

_TRIES = 8
_LONGEST = 120
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069<>:"/\\|?*]')
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


async def fetch_inputs(client: AsyncClient, grant: wire.LeaseGrant, folder: Path) -> dict[str, Any]:
    """Write the files of a grant into `folder` and return its parameters with their paths in place of the links.

    Raises PreparationFailed with a sentence for the task.
    """
    parameters = dict(grant.parameters)
    taken: set[str] = set()
    for given in grant.files:
        path = folder / safe_name(given.name, taken)
        await _fetch(client, grant.attempt, given, path)
        _place(parameters, given, str(path))
    return parameters


def safe_name(name: str, taken: set[str]) -> str:
    """Return a file name that any system takes and that is not among those `taken`, and take it.

    A path keeps its last part alone, and case makes no difference between names.
    """
    last = _UNSAFE.sub("_", re.split(r"[/\\]", name)[-1]).strip().rstrip(". ")
    if not last or _RESERVED.fullmatch(last):
        last = f"file{last and '_'}{last}"
    stem, dot, ending = last.rpartition(".")
    if not stem or len(ending) > 20:
        stem, dot, ending = last, "", ""
    while len(f"{stem}{dot}{ending}".encode()) > 2 * _LONGEST or len(stem) > _LONGEST:
        stem = stem[:-1]
    number, chosen = 1, f"{stem}{dot}{ending}"
    while chosen.lower() in taken:
        number += 1
        chosen = f"{stem} ({number}){dot}{ending}"
    taken.add(chosen.lower())
    return chosen


def _place(parameters: dict[str, Any], given: wire.GivenFile, path: str) -> None:
    value = parameters.get(given.parameter)
    if isinstance(value, list):
        parameters[given.parameter] = [*value[: given.position], path, *value[given.position + 1 :]]
    else:
        parameters[given.parameter] = path


async def _fetch(client: AsyncClient, attempt: str, given: wire.GivenFile, path: Path) -> None:
    what = f'The file "{given.name}" of parameter "{given.parameter}" could not be fetched'
    for number, delay in enumerate(exchange.backoff(most=2.0), start=1):
        try:
            arrived = await _download(client, attempt, given, path)
        except Unavailable as error:
            if number == _TRIES:
                raise PreparationFailed(f"{what}: {error}") from None
            await asyncio.sleep(max(delay, error.retry_after or 0.0))
        except Refused as error:
            raise PreparationFailed(f"{what}: {error}") from None
        except OSError as error:
            raise PreparationFailed(f"{what}: {error.strerror or error}.") from None
        else:
            if arrived == given.digest:
                return
            if number == _TRIES:
                raise PreparationFailed(f"{what}: it arrives damaged, its bytes do not match its digest.")


async def _download(client: AsyncClient, attempt: str, given: wire.GivenFile, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        async with client.stream(running.given_file(attempt, given.id)) as pieces:
            async for piece in pieces:
                digest.update(piece)
                await asyncio.to_thread(file.write, piece)
    return digest.hexdigest()


def names_of(files: Sequence[wire.GivenFile]) -> str:
    """Return what is being fetched, for the log."""
    count = "1 file" if len(files) == 1 else f"{len(files)} files"
    return f"Fetching {count} that the task was given ({sum(file.size for file in files)} bytes)."
