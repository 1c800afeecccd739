"""The rules of a system as a form: what it may use, from where it may call, what is fetched for it."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.base.exceptions import AlreadyExists, Invalid
from botyard.core.systems import System
from botyard.web import Form

#: Up to so many automations are ticked one by one; more are written, one a line.
MAX_TICKS = 100
_MIB = 1024 * 1024


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """What is typed and ticked."""

    name: str = ""
    description: str = ""
    every: bool = True
    processes: tuple[str, ...] = ()
    networks: str = ""
    reads_all: bool = False
    file_hosts: str = ""
    private_targets: bool = False
    max_file_mib: str = ""


EMPTY = Fields()


def fields_of(system: System) -> Fields:
    """Return the form of a system as it is."""
    return Fields(
        name=system.name,
        description=system.description,
        every=system.processes is None,
        processes=system.processes or (),
        networks="\n".join(system.networks or ()),
        reads_all=system.reads_all,
        file_hosts="\n".join(system.file_hosts),
        private_targets=system.private_targets,
        max_file_mib="" if system.max_file_bytes is None else f"{system.max_file_bytes / _MIB:.6g}",
    )


def sent(form: Form) -> Fields:
    """Return the form as it was sent."""
    return Fields(
        name=form.text("name"),
        description=form.text("description"),
        every=form.text("every") != "no",
        processes=tuple(_processes(form)),
        networks=form.text("networks"),
        reads_all=bool(form.text("reads_all")),
        file_hosts=form.text("file_hosts"),
        private_targets=bool(form.text("private_targets")),
        max_file_mib=form.text("max_file_mib"),
    )


def rules(form: Form) -> dict[str, Any]:
    """Return the fields of a system that a form gives. Raises Invalid naming the field."""
    return {
        "description": form.text("description").strip(),
        "processes": _processes(form) if form.text("every") == "no" else None,
        "networks": _lines(form.text("networks")) or None,
        "reads_all": bool(form.text("reads_all")),
        "file_hosts": _lines(form.text("file_hosts")),
        "private_targets": bool(form.text("private_targets")),
        "max_file_bytes": _bytes(form.text("max_file_mib").strip()),
    }


def said(error: AlreadyExists | Invalid | None) -> dict[str, Any]:
    """Return what is wrong and with which field, for a template."""
    if error is None:
        return {"problem": "", "hint": "", "wrong": None}
    return {"problem": error.message, "hint": error.hint, "wrong": (error.field or "").partition("[")[0]}


def _processes(form: Form) -> list[str]:
    written = [line for text in form.all("processes") for line in _lines(text)]
    return list(dict.fromkeys(written))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.replace(",", "\n").splitlines() if line.strip()]


def _bytes(typed: str) -> int | None:
    if not typed:
        return None
    try:
        size = float(typed)
    except ValueError:
        size = 0.0
    if not 0 < size <= 1024 * 1024:
        raise Invalid(
            f'"{typed[:40]}" is not a size.', hint="Write a number of MiB, such as 20.", field="max_file_bytes"
        )
    return max(1, round(size * _MIB))
