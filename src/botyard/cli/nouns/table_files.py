"""`botyard row export` and `import`: the rows of a table as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from botyard.cli import options

_APP = Annotated[str, typer.Argument(help="App.", show_default=False)]
_TABLE = Annotated[str, typer.Argument(help="Table.", show_default=False)]


def export(
    *,
    app: _APP,
    table: _TABLE,
    filter: Annotated[list[str] | None, typer.Option("--filter", help="Column:operator:value.")] = None,  # noqa: A002
    sort: Annotated[str | None, typer.Option("--sort", help="A column, or -column downwards.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; - or nothing for standard output.")
    ] = None,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
) -> None:
    """Write the rows of a table as CSV."""
    import sys
    from contextlib import nullcontext

    from botyard.cli import session

    to_file = output is not None and str(output) != "-"
    with (
        session.connect(data=data, server=server, token=token, workspace=workspace) as yard,
        output.open("w", encoding="utf-8", newline="") if to_file and output else nullcontext(sys.stdout) as target,
    ):
        columns = yard.tables.get(app, table).columns
        _write(target, list(columns), yard.rows.list(app, table, filter=filter or (), sort=sort))


def import_(
    *,
    app: _APP,
    table: _TABLE,
    file: Annotated[Path, typer.Argument(help="The CSV file; its first row names columns.", show_default=False)],
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Add the rows of a CSV file to a table, one after the other; what is refused ends it and says at which line."""
    import csv
    from io import StringIO

    from botyard.cli import output, session
    from botyard.cli.nouns import body
    from botyard.sdk.errors import Refused

    added = 0
    with (
        output.progress("Adding rows") as shown,
        session.connect(data=data, server=server, token=token, workspace=workspace) as yard,
    ):
        types = yard.tables.get(app, table).columns
        reader = csv.DictReader(StringIO(body.text(file)), strict=True)
        for row in reader:
            try:
                yard.rows.create(app, table, _values(row, types))
            except Refused as error:
                raise Refused(
                    f"{file}, line {reader.line_num}: {error.message} {added} rows were added before.", hint=error.hint
                ) from None
            added += 1
            shown.say(f"{added:,} rows are added")
    if json:
        output.json({"added": added})
    else:
        print(f"{added} {'row is' if added == 1 else 'rows are'} added.")


def _values(row: dict[Any, Any], types: dict[str, str]) -> dict[str, Any]:
    """Return the values of a row: empty cells are left out, and cells of columns that hold no text are JSON."""
    from botyard.cli import params

    return {
        str(name): text if types.get(str(name), "text") == "text" else params.guess(text)
        for name, text in row.items()
        if name is not None and text not in (None, "")
    }


def _write(target: Any, columns: list[str], rows: Any) -> None:
    import csv

    import msgspec

    writer = csv.writer(target, lineterminator="\n")
    first = next(iterator := iter(rows), None)
    names = list(first) if first else columns
    writer.writerow(names)
    while first is not None:
        cells = [first.get(name) for name in names]
        writer.writerow(
            ["" if v is None else v if isinstance(v, str) else msgspec.json.encode(v).decode() for v in cells]
        )
        first = next(iterator, None)
