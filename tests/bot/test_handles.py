"""Handles of secrets show nothing, wherever they end up."""

from __future__ import annotations

import copy
import json
import logging
import pickle

import msgspec
import pytest

from botyard.bot.encoding import field, output, payload
from botyard.bot.handles import HIDDEN, Login, Secret

VALUE = "correct horse"


@pytest.fixture
def secret() -> Secret:
    return Secret(VALUE)


def test_a_handle_gives_its_value_when_it_is_asked(secret: Secret) -> None:
    assert secret.reveal() == VALUE
    assert copy.copy(secret).reveal() == copy.deepcopy([secret])[0].reveal() == VALUE


def test_a_handle_shows_nothing_in_any_text(secret: Secret) -> None:
    texts = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r:>20}".strip(),
        "%s" % secret,  # noqa: UP031 -- one of the ways
        "%r" % (secret,),  # noqa: UP031 -- likewise
        "{}".format(secret),  # noqa: UP032 -- likewise
        "".join([secret]),  # noqa: FLY002 -- likewise
        json.dumps(secret).strip('"'),
        logging.LogRecord("x", 20, "x", 1, "%s", (secret,), None).getMessage(),
        field(secret).strip('"'),
    ]
    assert texts == [HIDDEN] * len(texts)
    assert VALUE not in repr(vars(secret)) + repr([secret]) + repr(Login("robot", secret))


def test_a_handle_shows_nothing_in_json_and_pickles(secret: Secret) -> None:
    assert json.dumps({"p": secret}) == '{"p": "[secret]"}'
    assert bytes(payload({"p": secret})) == b'{"p":"[secret]"}'
    assert pickle.loads(pickle.dumps(secret)) == HIDDEN
    assert VALUE.encode() not in pickle.dumps({"p": [secret]})


def test_a_handle_is_never_sent_as_a_value_by_mistake(secret: Secret) -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode(secret)
    with pytest.raises(TypeError, match="Secret"):
        output({"password": secret})


def test_handles_are_equal_to_nothing_else(secret: Secret) -> None:
    assert secret == secret  # noqa: PLR0124 -- the point of it
    assert secret not in (HIDDEN, VALUE, Secret(VALUE))
    assert {secret: 1}[secret] == 1
