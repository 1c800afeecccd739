"""Every example of the manual about integrations, with any version of the client; it must never sleep.

Arguments: the module, the organization, and whether the version knows `all_connections`.
"""

import importlib
import sys
import time
from typing import Any


def slept(*_: object) -> None:
    raise AssertionError("the client slept")


time.sleep = slept
module, organization = sys.argv[1], int(sys.argv[2])
client = importlib.import_module(module)
api = importlib.import_module(f"{module}.wrapper").API()
calls = api.integrations
FIVE = ("status_code", "text", "headers", "url", "ok")


def check(response: Any, status: int) -> None:
    assert all(hasattr(response, name) for name in FIVE), response
    assert (response.status_code, response.ok) == (status, status < 400), (response.status_code, response.text)


listed = calls.get_integrations()
assert {one.integration_id for one in listed.results} == {"allegro_sandbox", "open", "shut", "nowhere", "whole"}
for one in listed.results:
    assert one.name

integration = calls.get_integration("allegro_sandbox")
accounts = list(integration.connected_accounts)
assert len(accounts) == 2, accounts
assert all(type(one) is int for one in accounts), accounts
for connection_id in accounts:
    data, response = calls.call(
        integration, method="GET", endpoint="/sale/offers", params={"limit": 10}, connection_id=connection_id
    )
    check(response, 200)
    assert data["query"] == [["limit", "10"]], data
assert data["headers"]["authorization"] == "Bearer k-2", data

data, response = calls.call(integration, method="POST", endpoint="/messages/submit", json={"subject": "Zażółć"})
check(response, 200)
assert "Za\\u017c" in data["body"] or "Za" in data["body"], data
data, response = calls.call(integration, method="GET", endpoint="/user", connection_id="eva@example.com")
assert data["headers"]["authorization"] == "Bearer k-2", data
for endpoint, status in (("/status/401", 401), ("/status/403", 403), ("/status/500", 500), ("/hang", 504)):
    data, response = calls.call(integration, method="GET", endpoint=endpoint)
    check(response, status)
data, response = calls.call(integration, method="GET", endpoint="/html")
assert (data, response.text) == (None, "<p>Hi</p>"), (data, response.text)
for name, status in (("nowhere", 502), ("shut", 502)):
    data, response = calls.call(calls.get_integration(name), method="GET", endpoint="/x")
    check(response, status)
    assert response.text
check(calls.call(integration, method="GET", endpoint="http://169.254.169.254/x")[1], 400)
data, response = calls.call(calls.get_integration("open"), method="GET", endpoint="/items")
check(response, 200)
try:
    said = repr(calls.call(integration, method="GET", endpoint="/x", connection_id=999))
except Exception as error:  # noqa: BLE001 -- whatever it is, it says why
    said = f"raised {error}"
assert said.startswith("raised"), said
assert "999" in said, said

data, response = calls.call(
    integration, method="POST", endpoint="/upload", files={"file": ("ü.txt", b"\x00hi", "text/plain")}
)
check(response, 200)
assert "multipart/form-data" in data["headers"]["content-type"], data
assert "\x00hi" in data["body"], data
data, response = calls.call(integration, method="GET", endpoint="/png")
check(response, 200)
if isinstance(data, bytes):  # newer clients
    assert data.startswith(b"\x89PNG"), data
    data, response = calls.call(
        integration,
        method="PUT",
        endpoint="/blob",
        raw_body=b"\x01raw",
        headers={"Content-Type": "application/x-thing"},
        params={"a": {"b": 1}},
    )
    assert (data["body"], data["headers"]["content-type"]) == ("\x01raw", "application/x-thing"), data
    once = [calls.call(integration, "POST", "/echo", json={}, idempotency_key="k-1")[0]["headers"] for _ in range(2)]
    assert once[0] == once[1], once
else:
    assert data["content_type"] == "image/png", data

first, second = accounts
responses = calls.parallel_call(
    integration,
    method="GET",
    endpoint="/sale/product-offers/{offerId}",
    data_list=[
        {
            "connection_id": first,
            "organization_id": organization,
            "url_params": {"offerId": "offer/1 ü"},
            "params": {"include": "details"},
        },
        {"connection_id": second, "organization_id": organization, "url_params": {"offerId": "2"}, "data": {"x": True}},
        {"connection_id": second, "organization_id": organization, "url_params": {}},
        {"connection_id": 999, "organization_id": organization, "url_params": {"offerId": "4"}},
    ],
    table="app_130_products",
)
assert [one.api_response.status_code for one in responses] == [200, 200, 400, 404], responses
assert [one.connection_id for one in responses] == [first, second, second, 999], responses
assert responses[0].organization_id == organization
assert responses[0].api_data["raw"] == "/sale/product-offers/offer%2F1%20%C3%BC?include=details", responses[0].api_data
assert responses[1].api_data["headers"]["authorization"] == "Bearer k-2"

responses = calls.parallel_call_for_connection(
    integration,
    method="GET",
    endpoint="/items/{id}/details",
    data_list=[{"url_params": {"id": str(number)}} for number in range(20)],
    connection_id="joe@example.com",
    organization_id=organization,
    table="app_130_offers",
)
assert [one.api_data["path"] for one in responses] == [f"/items/{number}/details" for number in range(20)]
assert {(one.connection_id, one.organization_id) for one in responses} == {(first, organization)}

seen: dict[int, str] = {}
final = None
for result in calls.parallel_call_stream(
    integration,
    method="GET",
    endpoint="/{what}",
    data_list=[{"url_params": {"what": "unicode"}}, {"url_params": {"what": "status", "x": 1}}, {}],
    connection_id=first,
):
    if result.get("final"):
        final = result["total_processed"]
        break
    assert result["total"] == 3
    seen[result["index"]] = (result["data"] or {}).get("text") or result["response"].text
assert final == 3, final
assert seen[0] == "Zażółć Å … \u2028 \u2029 \x85 😀", seen
assert "what" in seen[2], seen

mine = calls.my_connections("allegro_sandbox")
assert [(one.id, one.name) for one in mine] == [(first, "joe@example.com"), (second, "eva@example.com")], mine
find = getattr(calls, "all_connections", None) or calls.get_table_connections
found = find(integration, "orders")
assert {organization_id: [one.id for one in some] for organization_id, some in found.items()} == {
    str(organization): accounts
}, found
sys.stdout.write("fine\n")
