"""`botyard completion`: the script that lets a shell complete commands, options and labels."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Shell(StrEnum):
    """Shells that are known."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def prepare() -> None:
    """Answer shells in the ways that the script asks for."""
    from typer._completion_classes import completion_init

    completion_init()


def completion(*, shell: Annotated[Shell, typer.Argument(help="The shell.", show_default=False)]) -> None:
    """Print a script that completes commands, options and labels, such as: eval "$(botyard completion bash)"."""
    from typer._completion_shared import get_completion_script

    print(get_completion_script(prog_name="botyard", complete_var="_BOTYARD_COMPLETE", shell=shell.value))
