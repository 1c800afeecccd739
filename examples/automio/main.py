"""Counts the stock of every catalogue that is connected, and tells what is running out.

An action of Automio: `api` and `USER_INPUT` are there without an import. It knows nothing of the systems that it asks;
how one pages and what its products look like is told by plugins.
"""

from plugins.interfaces.catalogue import Product

CACHE_KEY = "stock-check/left"
ONE_WEEK = 7 * 24 * 3600
ROUNDS = 3


def main() -> dict:
    """Read all catalogues; return what there is, what is low and how much was sold since the last time."""
    low_at = int(USER_INPUT.get("low_at", 5))
    api.task.set_progress(0, "Looking for catalogues", "in_progress")
    sources = [
        (each.id, connection) for each in api.plugins.get_list("catalogue") for connection in each.connection_ids
    ]
    products, failed = [], 0
    for number, (integration, connection) in enumerate(sources):
        share = 100 // len(sources)
        found, missing = read(integration, connection, first=number * share, share=share)
        products += found
        failed += missing
    before = (api.app_cache.get(CACHE_KEY) or {}).get("value") or {}
    left = {product.sku: product.left for product in products}
    sold = sum(max(0, before[sku] - count) for sku, count in left.items() if sku in before)
    api.app_cache.set(CACHE_KEY, left, ttl=ONE_WEEK)
    low = sorted((product for product in products if product.left <= low_at), key=lambda product: product.left)
    if low:
        lines = [f"{product.left:3} x {product.name} ({product.sku})" for product in low]
        api.notify_me(subject=f"{len(low)} products are running out", text="\n".join(lines))
    api.task.set_progress(100, f"Counted {len(products)} products", "completed")
    return {"products": len(products), "low": [product.sku for product in low], "sold": sold, "failed_pages": failed}


def read(integration: str, connection: int, *, first: int, share: int) -> tuple[list[Product], int]:
    """Return the products of one account, and how many pages could not be read; progress grows by `share` percent."""
    plan = api.plugins.invoke("catalogue.pages", integration, connection_ids=[connection])
    waiting, products, done = plan["pages"], [], 0
    total = len(waiting)
    for _ in range(ROUNDS):
        failed = []
        for result in api.integrations.parallel_call_stream(
            api.integrations.get_integration(integration),
            method="GET",
            endpoint=plan["endpoint"],
            data_list=[{"params": page} for page in waiting],
            connection_id=connection,
        ):
            if result.get("final"):
                break
            page, response = waiting[result["index"]], result["response"]
            if not response.ok:
                print(f"{integration} {page}: {response.status_code} {response.text[:80]}")
                failed.append(page)
                continue
            products += api.plugins.invoke(
                "catalogue.products", integration, connection_ids=[connection], page=result["data"]
            )
            done += 1
            api.task.set_progress(
                first + done * share // total, f"{integration}: {done} of {total} pages", "in_progress"
            )
        waiting = failed
        if not waiting:
            break
    discontinued = set(api.plugins.invoke("catalogue.discontinued", integration, connection_ids=[connection]) or ())
    return [product for product in products if product.sku not in discontinued], len(waiting)
