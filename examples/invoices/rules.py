"""What a good invoice is. Nothing here knows about files or about the control room."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
COLUMNS = ("number", "supplier", "vat_id", "issued", "due", "net", "vat_rate", "vat", "gross", "currency")

#: The form of a VAT identification number after the country's two letters.
VAT_FORMS = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "DE": r"[1-9]\d{8}",
    "ES": r"[A-Z]\d{7}[A-Z0-9]",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "IT": r"\d{11}",
    "NL": r"\d{9}B\d{2}",
    "PL": r"\d{10}",
}


@dataclass(frozen=True)
class Checked:
    """An invoice as it was read, and what is wrong with it."""

    row: dict[str, str]
    problems: list[str] = field(default_factory=list)

    @property
    def number(self) -> str:
        """Return the invoice's number, or a dash."""
        return self.row.get("number") or "–"

    @property
    def good(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems


def check_all(rows: Iterable[dict[str, str]]) -> Iterator[Checked]:
    """Check invoices one after the other; a number that was seen before is a problem of the later one."""
    seen: set[tuple[str, str]] = set()
    for row in rows:
        problems = list(problems_of(row))
        key = (row.get("vat_id") or "", row.get("number") or "")
        if key in seen:
            problems.append(f"number {key[1]} was already used by this supplier")
        seen.add(key)
        yield Checked(row, problems)


def problems_of(row: dict[str, str]) -> Iterator[str]:
    """Yield everything that is wrong with one invoice by itself, as parts of a sentence."""
    if missing := [name for name in COLUMNS if not row.get(name)]:
        yield f"without {', '.join(missing)}"
        return
    if problem := vat_problem(row["vat_id"]):
        yield problem
    yield from date_problems(row)
    yield from amount_problems(row)


def vat_problem(vat_id: str) -> str | None:
    """Return what is wrong with a VAT identification number, or None."""
    country, rest = vat_id[:2], vat_id[2:]
    form = VAT_FORMS.get(country)
    if form is None:
        return f"VAT id {vat_id} is of a country that is not known here"
    if not re.fullmatch(form, rest):
        return f"VAT id {vat_id} does not have the form of {country}"
    check = {"BE": _belgian, "DE": _german, "IT": _luhn, "PL": _polish}.get(country)
    if check is not None and not check(rest):
        return f"VAT id {vat_id} has a wrong check digit"
    return None


def date_problems(row: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with the dates."""
    dates: dict[str, date] = {}
    for name in ("issued", "due"):
        try:
            dates[name] = date.fromisoformat(row[name])
        except ValueError:
            yield f'"{row[name]}" is not a date'
    if len(dates) == 2 and dates["due"] < dates["issued"]:
        yield f"due on {row['due']}, before it was issued on {row['issued']}"


def amount_problems(row: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with the amounts."""
    amounts: dict[str, Decimal] = {}
    for name in ("net", "vat_rate", "vat", "gross"):
        try:
            amounts[name] = Decimal(row[name])
        except InvalidOperation:
            yield f'{name} "{row[name]}" is not a number'
    if len(amounts) < 4:
        return
    if amounts["net"] <= 0:
        yield f"net amount {amounts['net']} is not positive"
    vat = (amounts["net"] * amounts["vat_rate"] / 100).quantize(CENT, ROUND_HALF_UP)
    if vat != amounts["vat"]:
        yield f"VAT is {amounts['vat']}, {amounts['vat_rate']} % of {amounts['net']} are {vat}"
    total = amounts["net"] + amounts["vat"]
    if total != amounts["gross"]:
        yield f"gross is {amounts['gross']}, net and VAT add up to {total}"


def _german(digits: str) -> bool:
    product = 10
    for digit in digits[:8]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[8])


def _luhn(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(digits):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _belgian(digits: str) -> bool:
    return 97 - int(digits[:8]) % 97 == int(digits[8:])


def _polish(digits: str) -> bool:
    weights = (6, 5, 7, 2, 3, 4, 5, 6, 7)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11 == int(digits[9])
