"""What every plugin of `catalogue` shares."""

from typing import NamedTuple


class Product(NamedTuple):
    """A product, whatever its system calls its parts."""

    sku: str
    name: str
    left: int


def numbered(count: int, **fixed: int) -> list:
    """Return the query of each page of an API that numbers its pages from 1."""
    return [{"page": number, **fixed} for number in range(1, count + 1)]
