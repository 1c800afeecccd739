"""Requests that are made of the schema itself, as a tester would make them, are never a fault of the server."""

from __future__ import annotations

from typing import Any

import httpx2
import schemathesis.graphql
from graphql import get_introspection_query
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from botyard.storage import Database
from tests.protocols.automio.conftest import World
from tests.protocols.automio.test_tables import PATH, make_table

EXAMPLES = 15
TEXTS = st.text(max_size=9).map(nodes.String)
SCALARS = {
    "uuid": st.uuids().map(str).map(nodes.String),
    "numeric": st.integers().map(nodes.Int) | st.floats(allow_nan=False, allow_infinity=False).map(nodes.Float) | TEXTS,
    "bigint": st.integers().map(nodes.Int),
    "timestamptz": st.datetimes().map(str).map(nodes.String) | TEXTS,
    "date": st.dates().map(str).map(nodes.String),
    "time": st.times().map(str).map(nodes.String),
    "jsonb": TEXTS,
}


async def test_requests_made_of_the_schema_are_answered(api: httpx2.AsyncClient, world: World, db: Database) -> None:
    await db.write(lambda tx: make_table(tx, world=world))
    told = await api.post(PATH, json={"query": get_introspection_query()}, headers=world.token)
    for name, values in SCALARS.items():
        schemathesis.graphql.scalar(name, values)
    queries: list[str] = []
    for operation in schemathesis.graphql.from_dict(told.json()["data"]).get_all_operations():
        assert isinstance(operation, Ok)

        @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.ok().as_strategy())
        def collect(case: schemathesis.Case[Any]) -> None:
            queries.append(str(case.body))

        collect()
    assert len(queries) > 50
    for query in queries:
        answer = await api.post(PATH, json={"query": query}, headers=world.token)
        assert answer.status_code == 200, (query, answer.text)
        for error in answer.json().get("errors") or ():
            assert error["extensions"]["code"] != "unexpected", (query, answer.text)
