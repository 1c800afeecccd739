"""SOAP through zeep: results as JSON, sign-ins, faults, and WSDLs that want what they must not have."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from botyard.core.integrations import Account
from tests.support import soapapi
from tests.support.soapapi import SoapApi
from tests.upstream.integration.conftest import Board


@pytest.fixture
def soap_api() -> Iterator[SoapApi]:
    """Yield a SOAP service."""
    with soapapi.running() as api:
        yield api


async def calc(board: Board, api: SoapApi, secrets: dict[str, str] | None = None, **details: Any) -> Account:
    return await board.account(
        {"name": "me", "secrets": secrets or {}},
        kind="wsdl",
        key=f"calc{len(api.seen)}",
        base_url=None,
        details={"wsdl_document_url": f"{api.url}/calc?wsdl", **details},
    )


async def test_an_operation_takes_the_data_and_answers_with_json(board: Board, soap_api: SoapApi) -> None:
    account = await calc(board, soap_api)
    outcome = await board.call(account, "Add", method="POST", data={"a": 20, "b": 22})
    assert outcome.data is not None, outcome.text
    assert json.loads(outcome.data) == {"sum": 42, "price": 12.5, "day": "2026-01-02", "raw": "AAE="}
    assert b"12.50" in outcome.data, "numbers stay as they were written"
    assert (outcome.status, outcome.ok) == (200, True)
    assert "<sum>42</sum>" in outcome.text
    assert outcome.url == f"{soap_api.url}/calc"
    tried = await board.board.try_out(board.caller, account)
    assert tried.text == "Operations: Add."


async def test_a_fault_and_an_unreadable_answer_are_no_server_errors(board: Board, soap_api: SoapApi) -> None:
    account = await calc(board, soap_api)
    outcome = await board.call(account, "Add", data={"a": -1, "b": 1})
    assert (outcome.status, outcome.ok) == (502, False)
    assert "Negative numbers tire me" in outcome.text
    for answer in ("<html><p>", "not xml", "<a/>"):
        soap_api.answer = answer
        outcome = await board.call(account, "Add", data={"a": 1, "b": 1})
        assert (outcome.status, outcome.ok) == (502, False), answer
        assert outcome.text
    soap_api.answer = "<a>" + "x" * 300_000 + "</a>"
    assert "larger than" in (await board.call(account, "Add", data={"a": 1, "b": 1})).text


async def test_what_does_not_fit_the_wsdl_is_the_callers_mistake(board: Board, soap_api: SoapApi) -> None:
    account = await calc(board, soap_api)
    for operation, data in (
        ("Ad", {"a": 1, "b": 1}),
        ("", {}),
        ("__class__", {}),
        ("Add", {"c": 1}),
        ("Add", {"a": 1}),
        ("Add", [1]),
    ):
        outcome = await board.call(account, operation, data=data)
        assert outcome.status == 400, (operation, data, outcome)
        assert outcome.text
    assert soap_api.seen == []


async def test_an_account_signs_in_as_its_wsdl_wants_it(board: Board, soap_api: SoapApi) -> None:
    person = {"user": "ann", "password": "pw-canary"}
    basic = base64.b64encode(b"ann:pw-canary").decode()
    for secrets, details, name, value in (
        (person, {}, "authorization", f"Basic {basic}"),
        ({"key": "k-canary"}, {}, "authorization", "Bearer k-canary"),
        ({"key": "k"}, {"wsdl_auth_method": "header", "wsdl_custom_auth": "X-Key: v={key}"}, "x-key", "v=k"),
    ):
        await board.call(await calc(board, soap_api, secrets, **details), "Add", data={"a": 1, "b": 1})
        assert soap_api.seen[-1][0][name] == value
    await board.call(await calc(board, soap_api, person, wsdl_auth_method="wsse"), "Add", data={"a": 1, "b": 1})
    assert "UsernameToken" in soap_api.seen[-1][1]
    assert "authorization" not in soap_api.seen[-1][0]
    await board.call(await calc(board, soap_api, person, wsdl_auth_method="digest"), "Add", data={"a": 1, "b": 1})
    assert "pw-canary" not in soap_api.seen[-1][1]


@pytest.mark.parametrize(
    "extra",
    [
        '<xsd:import namespace="urn:x" schemaLocation="file:///etc/passwd"/>',
        '<xsd:import namespace="urn:x" schemaLocation="/etc/passwd"/>',
        '<xsd:import namespace="urn:x" schemaLocation="ftp://127.0.0.1/x"/>',
        '<xsd:import namespace="urn:x" schemaLocation="http://127.0.0.1:1/x"/>',
    ],
)
async def test_a_wsdl_includes_nothing_from_this_machine(board: Board, soap_api: SoapApi, extra: str) -> None:
    soap_api.extra = extra
    outcome = await board.call(await calc(board, soap_api), "Add", data={"a": 1, "b": 1})
    assert outcome.status in (400, 502), outcome
    assert "root:" not in outcome.text
    assert soap_api.seen == []


async def test_a_wsdl_that_is_not_there_is_told(board: Board, soap_api: SoapApi) -> None:
    account = await board.account(
        {"name": "me", "secrets": {}},
        kind="wsdl",
        base_url=None,
        details={"wsdl_document_url": "http://127.0.0.1:1/x"},
    )
    assert (await board.call(account, "Add", data={})).status == 502
    assert (await board.board.try_out(board.caller, account)).status == 502
    assert soap_api.seen == []
