"""`python -m botyard.runner`: the runner with nothing but itself loaded; `botyard runner` takes the same options."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from botyard.runner import CannotRun, Options, run


class _Lines(logging.Formatter):
    """One line a record: the event, then what it carries."""

    _plain = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        carried = {name: value for name, value in record.__dict__.items() if name not in self._plain}
        text = super().format(record)
        return " ".join([text, *(f"{name}={value!s}" for name, value in carried.items())])


def options_of(arguments: list[str] | None = None) -> tuple[Options, str]:
    """Return the options given on a command line, and the log level."""
    parser = argparse.ArgumentParser(prog="botyard runner", description="Run bots for a Botyard server.")
    parser.add_argument("--server", default=os.environ.get("BOTYARD_SERVER"), help="address of the server")
    parser.add_argument("--token", default=os.environ.get("BOTYARD_TOKEN"), help="join code")
    parser.add_argument("--token-file", type=Path, help="file that holds the join code")
    parser.add_argument("--work", type=Path, default=Path("botyard-runner"), help="working directory")
    parser.add_argument("--name", help="name shown in the console; default: the machine's")
    parser.add_argument("--label", help="take only tasks of automations that ask for this label, or for none")
    parser.add_argument("--slots", type=int, default=1, help="how many bots may run at once")
    parser.add_argument("--grace", type=float, help="seconds that bots get to finish when the runner stops")
    parser.add_argument("--embedded", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--log-level",
        default=os.environ.get("BOTYARD_LOG", "INFO").upper(),
        choices=["DEBUG", "INFO", "WARNING", "ERROR"],
    )
    given = parser.parse_args(arguments)
    if not given.server:
        parser.error("give the address of the server with --server")
    if not 1 <= given.slots <= 256:
        parser.error("--slots is a number from 1 to 256")
    token = given.token_file.read_text().strip() if given.token_file and given.token_file.is_file() else given.token
    grace = given.grace if given.grace is not None else (5.0 if given.embedded else 20.0)
    options = Options(
        server=given.server,
        token=token,
        work=given.work,
        name=given.name,
        label=given.label,
        slots=given.slots,
        embedded=given.embedded,
        grace=grace,
    )
    return options, given.log_level


def main(arguments: list[str] | None = None) -> int:
    """Run the runner from the command line, or from the given arguments."""
    options, level = options_of(arguments)
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("botyard").setLevel(level)
    try:
        run(options)
    except (CannotRun, NotImplementedError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
