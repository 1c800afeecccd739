"""Plugins over native v1: made, read, changed by the version that was seen, and deleted."""

from __future__ import annotations

from typing import Any

from tests.protocols.native.conftest import Api

SHOP: dict[str, Any] = {"namespace": "shop", "title": "Shops", "capabilities": ["foo", "bar"], "code": "A = 1"}
GITHUB = {"key": "github", "name": "GitHub", "base_url": "https://api.example.com"}
CODE = "def foo(connection_ids):\n    return connection_ids\n"


async def make(api: Api) -> dict[str, Any]:
    await api.ok("POST", "/integrations", GITHUB)
    assert (await api.ok("POST", "/plugin-interfaces", SHOP))["version"] == 1
    made: dict[str, Any] = await api.ok(
        "POST", "/plugins", {"interface": "shop", "integration": "github", "code": CODE}
    )
    return made


async def test_plugins_are_made_listed_and_read(api: Api) -> None:
    made = await make(api)
    assert (made["enabled"], made["implemented"], made["code"]) == (True, ["foo"], CODE)
    (listed,) = (await api.ok("GET", "/plugins?interface=shop&integration=github"))["plugins"]
    assert listed == made | {"code": None}
    assert await api.ok("GET", f"/plugins/{made['id']}") == made
    assert (await api.ok("GET", "/plugins?interface=crm"))["plugins"] == []
    page = await api.ok("GET", f"/plugins?limit=1&after={made['id'] - 1}")
    assert page["next"] == made["id"]
    assert (await api.ok("GET", f"/plugins?limit=1&after={page['next']}")) == {"plugins": [], "next": None}
    await api.ok("POST", "/plugin-interfaces", {"namespace": "crm"})
    page = await api.ok("GET", "/plugin-interfaces?limit=1")
    assert ([one["namespace"] for one in page["interfaces"]], page["next"]) == (["crm"], "crm")
    (shop,) = (await api.ok("GET", "/plugin-interfaces?after=crm"))["interfaces"]
    assert (shop["title"], shop["code"]) == ("Shops", None)
    assert (await api.ok("GET", "/plugin-interfaces/shop"))["code"] == "A = 1"


async def test_a_change_names_the_version_that_it_is_based_on(api: Api) -> None:
    address = f"/plugins/{(await make(api))['id']}"
    changed = await api.ok("PATCH", address, {"code": "foo = bar = print", "version": 1})
    assert (changed["version"], changed["implemented"]) == (2, ["foo", "bar"])
    late = await api.problem("PATCH", address, {"code": "X = 1", "version": 1}, status=409)
    assert late["code"] == "illegal_transition"
    assert (await api.ok("PATCH", address, {"enabled": False}))["enabled"] is False
    found = await api.ok("GET", f"{address}/versions?limit=1")
    assert ([one["code"] for one in found["versions"]], found["next"]) == (["foo = bar = print"], 2)
    assert [one["code"] for one in (await api.ok("GET", f"{address}/versions?before=2"))["versions"]] == [CODE]
    changed = await api.ok("PATCH", "/plugin-interfaces/shop", {"capabilities": ["foo"], "version": 1})
    assert (changed["version"], changed["capabilities"], changed["title"]) == (2, ["foo"], "Shops")
    await api.problem("PATCH", "/plugin-interfaces/shop", {"code": "B = 1", "version": 1}, status=409)
    assert len((await api.ok("GET", "/plugin-interfaces/shop/versions"))["versions"]) == 2


async def test_what_is_deleted_is_gone_with_what_belongs_to_it(api: Api) -> None:
    first = await make(api)
    await api.ok("DELETE", f"/plugins/{first['id']}")
    await api.problem("DELETE", f"/plugins/{first['id']}", status=404)
    body = {"interface": "shop", "integration": "github", "code": "", "enabled": False}
    second = await api.ok("POST", "/plugins", body)
    assert (second["id"] > first["id"], second["enabled"]) == (True, False)
    await api.ok("DELETE", "/plugin-interfaces/shop")
    for path in (f"/plugins/{second['id']}", f"/plugins/{second['id']}/versions", "/plugin-interfaces/shop"):
        await api.problem("GET", path, status=404)


async def test_bad_input_is_refused_with_its_field(api: Api) -> None:
    address = f"/plugins/{(await make(api))['id']}"
    plugin = {"interface": "shop", "integration": "github", "code": ""}
    for method, path, body, status, field in (
        ("POST", "/plugin-interfaces", {"namespace": "a.b"}, 400, "namespace"),
        ("POST", "/plugin-interfaces", {"namespace": "a", "capabilities": ["x", "x"]}, 400, "capabilities[1]"),
        ("POST", "/plugin-interfaces", {"namespace": "a", "code": "def"}, 400, "code"),
        ("POST", "/plugin-interfaces", SHOP, 409, "namespace"),
        ("POST", "/plugins", plugin, 409, "integration"),
        ("POST", "/plugins", plugin | {"interface": "shp"}, 404, "interface"),
        ("POST", "/plugins", plugin | {"integration": "gthub"}, 404, None),
        ("POST", "/plugins", plugin | {"more": 1}, 400, None),
        ("PATCH", address, {"code": "return 1"}, 400, "code"),
        ("PATCH", address, {"interface": "crm"}, 400, None),
        ("PATCH", "/plugins/x", {}, 404, None),
        ("PATCH", "/plugin-interfaces/crm", {}, 404, "interface"),
    ):
        problem = await api.problem(method, path, body, status=status)
        assert field is None or problem.get("field") == field, (path, problem)
    await api.problem("GET", "/plugins?limit=0", status=400)
    await api.problem("GET", "/plugins?nonsense=1", status=400)
    await api.problem("GET", f"{address}/versions?before=0", status=400)
