"""The report of a run, as one HTML page without anything from elsewhere, or as CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from html import escape
from pathlib import Path
from string import Template

from rules import COLUMNS, Checked

PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Invoices checked</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1c2330 }
  h1 { font-size: 1.4rem; margin-bottom: .2rem }
  p { color: #5a6475; margin-top: 0 }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #e4e7ec; vertical-align: top }
  th { color: #5a6475; font-weight: 600 }
  td.amount { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
  tr.bad td { background: #fff4f2 }
  tr.bad td:last-child { color: #b3261e }
</style>
<h1>Invoices checked</h1>
<p>$summary</p>
<table>
<tr><th>Number<th>Supplier<th>VAT id<th>Issued<th>Due<th>Gross<th>Result</tr>
$rows
</table>
</html>
""")


def write_report(path: Path, invoices: Sequence[Checked]) -> None:
    """Write the report in the form that the file's name asks for."""
    if path.suffix == ".csv":
        _write_csv(path, invoices)
    else:
        path.write_text(PAGE.substitute(summary=escape(summary_of(invoices)), rows=_rows(invoices)), encoding="utf-8")


def summary_of(invoices: Sequence[Checked]) -> str:
    """Return the outcome in one sentence."""
    bad = [invoice for invoice in invoices if not invoice.good]
    total = sum((_amount(invoice.row.get("gross")) for invoice in invoices if invoice.good), Decimal())
    good = len(invoices) - len(bad)
    return f"{good} of {len(invoices)} invoices are good, {total:,.2f} in total; {len(bad)} need a person."


def _rows(invoices: Sequence[Checked]) -> str:
    return "\n".join(_row(invoice) for invoice in invoices)


def _row(invoice: Checked) -> str:
    row = {name: escape(invoice.row.get(name) or "") for name in COLUMNS}
    result = escape("; ".join(invoice.problems)) or "good"
    return (
        f'<tr class="{"good" if invoice.good else "bad"}"><td>{row["number"]}<td>{row["supplier"]}<td>{row["vat_id"]}'
        f'<td>{row["issued"]}<td>{row["due"]}<td class="amount">{row["gross"]} {row["currency"]}<td>{result}</tr>'
    )


def _write_csv(path: Path, invoices: Sequence[Checked]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "result"])
        for invoice in invoices:
            values = [invoice.row.get(name) or "" for name in COLUMNS]
            writer.writerow([*map(_harmless, values), "; ".join(invoice.problems) or "good"])


def _harmless(value: str) -> str:
    """Keep a spreadsheet from taking a supplier's text for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@") and not value[1:2].isdigit() else value


def _amount(text: str | None) -> Decimal:
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        return Decimal()
