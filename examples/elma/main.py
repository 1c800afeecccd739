"""Takes an order with everything that belongs to it and returns a confirmation: values and files of every type.

A plain bot: parameters come as JSON, files as paths, and what it returns goes the same way back. It needs nothing but
Python.
"""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path


def main() -> None:
    """Confirm the order."""
    given = json.loads(Path(os.environ["BOTYARD_INPUT"]).read_text(encoding="utf-8"))
    folder = Path(os.environ["BOTYARD_OUTPUT_FILES"])
    print(f"Order of {given['Customer']}: {given['Quantity']} pieces")
    prices = [round(given["Price"] * (1 - discount), 2) for discount in given["Discounts"] or [0.0]]
    ordered = datetime.fromisoformat(given["Ordered"])
    delivery = ordered + timedelta(days=2 if given["Express"] else 14)
    copies = [copy_of(Path(path), folder) for path in given["Drawings"] or []]
    confirmation = folder / "confirmation.txt"
    terms = Path(given["Terms"]).read_text(encoding="utf-8") if given["Terms"] else "none"
    confirmation.write_text(
        f"{given['Customer']}\n{given['Quantity']} at {prices[0]}\nTerms: {terms}", encoding="utf-8"
    )
    output = {
        "Number": f"{given['Customer'][:3].upper()}-{given['Quantity']}",
        "Batches": split(given["Quantity"], given["BatchSizes"] or [given["Quantity"]]),
        "Pieces": given["Quantity"],
        "Total": round(given["Quantity"] * prices[0], 2),
        "Prices": prices,
        "Accepted": all(given["Signed"] or [False]),
        "Checks": [bool(signed) for signed in given["Signed"] or []],
        "Delivery": delivery.isoformat(),
        "Milestones": [moment for moment in given["Milestones"] or [] if moment],
        "Options": sorted(given["Options"] or []),
        "Confirmation": confirmation.name,
        "Copies": copies,
        "Remark": f"{given['Remark'] or 'no remark'} (seen)",
    }
    Path(os.environ["BOTYARD_OUTPUT"]).write_text(json.dumps(output), encoding="utf-8")


def copy_of(path: Path, folder: Path) -> str:
    """Leave a copy of a file and return its name."""
    copy = folder / f"copy of {path.name}"
    copy.write_bytes(path.read_bytes())
    print(f"{path.name}: {copy.stat().st_size} bytes")
    return copy.name


def split(quantity: int, sizes: list[int]) -> list[int]:
    """Return how many pieces go into each batch, the last one taking what is left."""
    batches = []
    for size in sizes:
        batches.append(min(size, quantity))
        quantity -= batches[-1]
    return batches if not quantity else [*batches, quantity]


main()
