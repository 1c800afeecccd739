"""The catalogue of the warehouse: pages of 20, each saying how many there are. It cannot tell what is discontinued."""

from plugins.interfaces.catalogue import *

PER_PAGE = 20


def pages(connection_ids: list) -> dict:
    """Return where the pages are, and the query of each."""
    integration = api.integrations.get_integration("warehouse")
    data, response = api.integrations.call(
        integration,
        method="GET",
        endpoint="/products",
        params={"page": 1, "per_page": PER_PAGE},
        connection_id=connection_ids[0],
    )
    if not response.ok:
        raise RuntimeError(f"The warehouse answers {response.status_code}: {response.text}")
    return {"endpoint": "/products", "pages": numbered(data["pages"], per_page=PER_PAGE)}


def products(connection_ids: list, page: dict) -> list:  # noqa: ARG001 -- capabilities are always given connections
    """Return the products of a page."""
    return [Product(found["code"], found["title"], found["stock"]["free"]) for found in page["items"]]
