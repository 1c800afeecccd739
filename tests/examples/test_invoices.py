"""The rules of the invoices example, and that its shipped file holds what its README says."""

from __future__ import annotations

import csv
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "invoices"


@pytest.fixture(scope="module")
def example() -> Iterator[tuple[ModuleType, ModuleType]]:
    """Yield the example's modules `rules` and `report`, imported as the bot imports them."""
    loaded = []
    for name in ("rules", "report"):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        loaded.append(module)
    yield loaded[0], loaded[1]
    for name in ("rules", "report"):
        del sys.modules[name]


@pytest.fixture
def rules(example: tuple[ModuleType, ModuleType]) -> ModuleType:
    return example[0]


@pytest.fixture
def report(example: tuple[ModuleType, ModuleType]) -> ModuleType:
    return example[1]


def invoice(**changes: str) -> dict[str, str]:
    """Return a good invoice with changes."""
    good = {
        "number": "DE-1",
        "supplier": "Nordlicht",
        "vat_id": "DE136695976",
        "issued": "2026-01-05",
        "due": "2026-02-04",
        "net": "100.00",
        "vat_rate": "19",
        "vat": "19.00",
        "gross": "119.00",
        "currency": "EUR",
    }
    return good | changes


def test_a_good_invoice_has_no_problems(rules: ModuleType) -> None:
    assert list(rules.problems_of(invoice())) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"vat_id": ""}, "without vat_id"),
        ({"vat_id": "DE136695977"}, "VAT id DE136695977 has a wrong check digit"),
        ({"vat_id": "DE12"}, "VAT id DE12 does not have the form of DE"),
        ({"vat_id": "XX136695976"}, "VAT id XX136695976 is of a country that is not known here"),
        ({"due": "2026-01-04"}, "due on 2026-01-04, before it was issued on 2026-01-05"),
        ({"issued": "5.1.2026"}, '"5.1.2026" is not a date'),
        ({"net": "many"}, 'net "many" is not a number'),
        ({"gross": "120.00"}, "gross is 120.00, net and VAT add up to 119.00"),
        ({"vat": "7.00", "gross": "107.00"}, "VAT is 7.00, 19 % of 100.00 are 19.00"),
        ({"net": "-100.00", "vat": "-19.00", "gross": "-119.00"}, "net amount -100.00 is not positive"),
    ],
)
def test_each_fault_is_named(rules: ModuleType, changes: dict[str, str], problem: str) -> None:
    assert list(rules.problems_of(invoice(**changes))) == [problem]


@pytest.mark.parametrize("vat_id", ["DE136695976", "IT00743110157", "BE0776091951", "PL8567346215", "ATU12345678"])
def test_real_forms_of_vat_ids_are_accepted(rules: ModuleType, vat_id: str) -> None:
    assert rules.vat_problem(vat_id) is None


def test_a_number_may_be_used_once_by_each_supplier(rules: ModuleType) -> None:
    rows = [invoice(), invoice(vat_id="ATU12345678"), invoice()]
    assert [checked.good for checked in rules.check_all(rows)] == [True, True, False]


def test_the_shipped_file_holds_one_invoice_of_each_fault(rules: ModuleType) -> None:
    with (FOLDER / "invoices.csv").open(encoding="utf-8", newline="") as file:
        checked = list(rules.check_all(csv.DictReader(file)))
    assert len(checked) == 40
    faults = [problem for invoice in checked for problem in invoice.problems]
    assert len(faults) == 6
    words = ("check digit", "add up to", "before it was issued", "already used", "% of", "without")
    assert all(sum(word in fault for fault in faults) == 1 for word in words)


def test_reports_show_text_as_text(rules: ModuleType, report: ModuleType, tmp_path: Path) -> None:
    checked = list(rules.check_all([invoice(supplier="=HYPERLINK(1) <b>"), invoice()]))
    report.write_report(tmp_path / "report.html", checked)
    report.write_report(tmp_path / "report.csv", checked)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;" in page
    assert "1 of 2 invoices are good, 119.00 in total; 1 need a person." in page
    with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first["supplier"] == "'=HYPERLINK(1) <b>"
    assert (first["result"], second["result"]) == ("good", "number DE-1 was already used by this supplier")
