from __future__ import annotations

import httpx2
import pytest

from botyard.base.exceptions import NotFound
from botyard.core.access import Permission
from botyard.web import Request, Response, Route, RouteTable, no_content
from botyard.web.routing import Router


async def nothing(_: Request) -> Response:
    return no_content()


class TestRouting:
    async def test_finds_fixed_paths_before_patterns(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get("/api/test/orders/latest")).json()["path"] == {}
        assert (await client.get("/api/test/orders/other")).json()["path"] == {"label": "other"}

    async def test_goes_back_when_a_fixed_part_leads_nowhere(self, client: httpx2.AsyncClient) -> None:
        reply = await client.get("/api/test/orders/latest/lines/3")
        assert reply.json()["path"] == {"label": "latest", "line": "3"}

    @pytest.mark.parametrize(
        ("segment", "value"),
        [("a%20b", "a b"), ("a%2Fb", "a/b"), ("%E4%BD%A0", "你"), ("a+b", "a+b"), ("%25", "%"), ("..%2F..", "../..")],
    )
    async def test_decodes_segments_after_splitting(self, client: httpx2.AsyncClient, segment: str, value: str) -> None:
        reply = await client.get(f"/api/test/orders/{segment}")
        assert reply.json()["path"] == {"label": value}

    @pytest.mark.parametrize("path", ["/orders/%ff", "/orders/%C3%28"])
    async def test_refuses_paths_that_are_not_utf8(self, client: httpx2.AsyncClient, path: str) -> None:
        assert (await client.get(f"/api/test{path}")).status_code == 400

    @pytest.mark.parametrize(
        "path",
        [
            "/orders/",
            "/orders/a/",
            "/orders//lines/1",
            "//orders/a",
            "/orders/a%00",
            "/orders/a/lines",
            "/Orders/a",
            "/orders/a/lines/1/x",
            "/" + "x/" * 100,
        ],
    )
    async def test_finds_nothing_and_redirects_nowhere_for_other_paths(
        self, client: httpx2.AsyncClient, path: str
    ) -> None:
        reply = await client.get(f"/api/test{path}")
        assert reply.status_code == 404
        assert reply.json()["code"] == "unknown_route"

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"])
    async def test_names_the_methods_that_are_possible(self, client: httpx2.AsyncClient, method: str) -> None:
        reply = await client.request(method, "/api/test/orders/a")
        assert reply.status_code == 405
        assert reply.headers["allow"] == "DELETE, GET"

    def test_refuses_a_route_declared_twice(self) -> None:
        route = Route("GET", "/a/{x}", nothing, Permission.TASKS_READ)
        other = Route("GET", "/a/{y}", nothing, Permission.TASKS_READ)
        with pytest.raises(ValueError, match="twice"):
            Router([RouteTable("t", "/p", [route, other])])

    @pytest.mark.parametrize(("method", "path"), [("get", "/a"), ("GET", "a"), ("HEAD", "/a")])
    def test_refuses_a_route_that_cannot_be(self, method: str, path: str) -> None:
        with pytest.raises(ValueError, match="no route"):
            RouteTable("t", "/p", [Route(method, path, nothing, Permission.TASKS_READ)])

    def test_gives_unknown_paths_to_the_table_with_the_longest_prefix(self) -> None:
        root, api = RouteTable("root", "", []), RouteTable("api", "/api/v1", [])
        router = Router([api, root])
        assert router.owner(b"/api/v1/x") is api
        assert router.owner(b"/api/v2/x") is root
        assert router.owner(b"/") is root

    def test_a_prefix_may_have_parameters(self) -> None:
        root = RouteTable("root", "", [Route("GET", "/tasks/{id}", nothing, Permission.TASKS_READ)])
        tenants = RouteTable("tenants", "/{tenant}/api_", [Route("GET", "/q", nothing, Permission.TASKS_READ)])
        router = Router([root, tenants])
        for tenant in ("acme", "tasks", "a%20b"):
            match = router.find("GET", f"/{tenant}/api_/q".encode())
            assert (match.table, match.values["tenant"]) == (tenants, tenant.replace("%20", " "))
            assert router.owner(f"/{tenant}/api_/nothing/here".encode()) is tenants
        assert router.owner(b"/tasks/api") is root
        assert router.owner(b"//api_/q") is root


class TestQuery:
    async def test_refuses_parameters_that_do_not_exist(self, client: httpx2.AsyncClient) -> None:
        reply = await client.get("/api/test/orders/x?a=1&c=2")
        assert reply.status_code == 400
        assert reply.json()["field"] == "c"

    async def test_takes_the_last_of_repeated_ones(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get("/api/test/orders/x?a=1&a=2&b=%C3%A4+")).json()["query"] == {"a": "2", "b": "ä "}

    @pytest.mark.parametrize("query", ["a=%ff", "a=%00", "a=" + "&a=" * 1500])
    async def test_refuses_bad_encoding_and_floods(self, client: httpx2.AsyncClient, query: str) -> None:
        assert (await client.get(f"/api/test/orders/x?{query}")).status_code == 400

    @pytest.mark.parametrize("text", ["0", "10", "x", "1.5", "1e1", "99999999999999999999", "٣", "--1", "1_0"])
    async def test_refuses_numbers_out_of_bounds(self, client: httpx2.AsyncClient, text: str) -> None:
        assert (await client.get("/api/test/numbers/1", params={"n": text})).status_code == 400

    async def test_has_defaults_for_numbers(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get("/api/test/numbers/1")).json() == {"id": 1, "n": 5}


class TestPathId:
    @pytest.mark.parametrize("text", ["0", "-1", "x", "1.0", "9223372036854775808", "9" * 500, "%20", "1 ", "٣"])
    async def test_finds_nothing_for_what_cannot_be_an_id(self, client: httpx2.AsyncClient, text: str) -> None:
        assert (await client.get(f"/api/test/numbers/{text}")).status_code == 404


class TestLooseSlashes:
    @staticmethod
    def router() -> Router:
        loose = RouteTable(
            "loose",
            "/api/loose",
            [
                Route("GET", "/", nothing, Permission.TASKS_READ),
                Route("GET", "/{name}/run/", nothing, Permission.TASKS_READ),
            ],
            loose_slashes=True,
        )
        exact = RouteTable("exact", "/api", [Route("GET", "/exact/{name}", nothing, Permission.TASKS_READ)])
        return Router([exact, loose, RouteTable("root", "", [])])

    def test_one_path_is_found_however_its_slashes_are_written(self) -> None:
        for path in (b"/api/loose/a/run/", b"/api/loose/a/run", b"//api/loose/a//run///", b"/api//loose/a/run"):
            assert self.router().find("GET", path).values == {"name": "a"}
        for path in (b"/api/loose/", b"/api/loose", b"///api/loose"):
            assert self.router().find("GET", path).route.path == "/"

    def test_other_tables_stay_exact(self) -> None:
        for path in (b"/api/exact/a/", b"//api/exact/a", b"/api/exact//a", b"/api/loose/a"):
            with pytest.raises(NotFound):
                self.router().find("GET", path)

    def test_errors_are_those_of_the_table_that_the_slashes_hide(self) -> None:
        assert self.router().owner(b"//api/loose/nothing").name == "loose"
        assert self.router().owner(b"/api/loose//nothing").name == "loose"
        assert self.router().owner(b"//api/exact").name == "root"


class TestOpenEnds:
    @staticmethod
    def router() -> Router:
        routes = [Route(method, "/get/{key...}", nothing, Permission.TASKS_READ) for method in ("GET", "DELETE")]
        fixed = Route("GET", "/get-all/", nothing, Permission.TASKS_READ)
        return Router([RouteTable("cache", "/cache", [*routes, fixed]), RouteTable("root", "", [])])

    @pytest.mark.parametrize(
        ("path", "key"),
        [
            ("/cache/get/a/", "a"),
            ("/cache/get/a", "a"),
            ("/cache/get/a/b%20c/", "a/b c"),
            ("/cache/get/a%2Fb/", "a/b"),
            ("/cache/get//a//", "/a/"),
            ("/cache/get/%2F/", "/"),
            ("//cache//get/a/", "a"),
            ("/cache/get//", ""),
            ("/cache/get/", ""),
            ("/cache/get/" + "x/" * 100, "x/" * 99 + "x"),
        ],
    )
    def test_hold_all_that_follows_but_a_slash_at_the_end(self, path: str, key: str) -> None:
        assert self.router().find("DELETE", path.encode()).values == {"key": key}

    @pytest.mark.parametrize("path", ["/cache/get", "/cache/gets/a", "/x/cache/get/a", "/cache/get-all"])
    def test_are_no_other_path(self, path: str) -> None:
        with pytest.raises(NotFound):
            self.router().find("GET", path.encode())

    def test_leave_fixed_paths_alone(self) -> None:
        assert self.router().find("GET", b"/cache/get-all/").route.path == "/get-all/"

    def test_are_refused_twice_and_after_a_parameter(self) -> None:
        route = Route("GET", "/a/{x...}", nothing, Permission.TASKS_READ)
        for prefix, routes in (("/p", [route, route]), ("/{tenant}", [route])):
            with pytest.raises(ValueError, match="twice"):
                Router([RouteTable("t", prefix, routes)])
