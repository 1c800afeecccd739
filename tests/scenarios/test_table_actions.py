"""Rows start actions: a real runner runs them with the real client, and they get the rows that changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2

from tests.scenarios.yard import Yard
from tests.support.processes import wait_until

WORKSPACE = """
apps:
  - id: 130
    slug: shop
    tables:
      - {name: orders, fields: [{name: number, unique: true}, {name: value, type: number}, {name: notes, type: tags}]}
      - {name: seen, fields: [{name: what}, {name: given, type: embedded}]}
    actions:
      - {slug: watch, type: trigger_action, table: orders, code: watch.py}
      - {slug: pick, type: table_action, table: orders, code: pick.py}
"""
INSERT = """mutation ($what: String, $given: jsonb) {
  insert_app_130_seen_one(object: {what: $what, given: $given}) { id } }"""
NOTE = f'''
from automio import GraphQLRequest

def note(what, given):
    request = GraphQLRequest(query="""{INSERT}""", variables={{"what": what, "given": given}})
    answer = api.tables.apps_graphql_query(app=130, table="seen", graph_ql_request=request)
    assert not answer.errors, answer.errors
'''
WATCH = f"""{NOTE}
note(TRIGGER_EVENT["kind"], TRIGGER_EVENT)
"""
PICK = f"""{NOTE}
note("picked", {{"rows": SELECTED_ROWS, "event": TRIGGER_EVENT}})
"""


class Shop:
    """The app's tables, asked as its actions ask them."""

    def __init__(self, yard: Yard) -> None:
        token = yard.server.json("connect", "automio", "--app", "130")["env"]["APP_TOKEN"]
        self._url, self._header = yard.server.url, {"Authorization": f"App-Token {token}"}

    def ask(self, query: str) -> dict[str, Any]:
        answer = httpx2.post(f"{self._url}/api/apps/graphql/", json={"query": query}, headers=self._header).json()
        assert "errors" not in answer, answer
        found: dict[str, Any] = answer["data"]
        return found

    def seen(self) -> dict[str, Any]:
        """Return what actions were given, by what they noted."""
        rows = self.ask("{ app_130_seen { what given } }")["app_130_seen"]
        return {row["what"]: row["given"] for row in rows}

    def run(self, action: str, **options: Any) -> None:
        """Run an action as another one would."""
        answer = httpx2.post(f"{self._url}/api/actions/{action}/run/", json=options, headers=self._header)
        assert answer.is_success, answer.text


def test_actions_get_the_rows_that_came_changed_went_or_were_chosen(shared_yard: Yard, tmp_path: Path) -> None:
    for name, text in (("ws.yaml", WORKSPACE), ("watch.py", WATCH), ("pick.py", PICK)):
        (tmp_path / name).write_text(text)
    shared_yard.server.cli("apply", str(tmp_path / "ws.yaml"))
    shop = Shop(shared_yard)
    shop.ask(
        "mutation { insert_app_130_orders(objects: ["
        '{number: "A1", value: 1.5, notes: ["new"]}, {number: "A2"}]) { affected_rows } }'
    )
    shop.ask('mutation { update_app_130_orders(where: {number: {_eq: "A1"}}, _set: {value: 2}) { affected_rows } }')
    shop.ask('mutation { delete_app_130_orders(where: {number: {_eq: "A2"}}) { affected_rows } }')
    (order,) = shop.ask("{ app_130_orders { id } }")["app_130_orders"]
    shop.run("pick", selected_rows=[order["id"]])
    wait_until(lambda: len(shop.seen()) == 4, seconds=90, what="four runs")
    seen = shop.seen()
    rows = {kind: seen[kind]["rows"] for kind in ("insert", "update", "delete")}
    assert {(row["number"], row["value"]) for row in rows["insert"]} == {("A1", 1.5), ("A2", None)}
    assert [(row["id"], row["value"], row["notes"]) for row in rows["update"]] == [(order["id"], 2, ["new"])]
    assert [row["number"] for row in rows["delete"]] == ["A2"]
    assert {seen[kind]["table"] for kind in rows} == {"orders"}
    assert seen["picked"] == {"rows": [order["id"]], "event": None}
