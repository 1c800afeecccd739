from __future__ import annotations

import copy
import logging
import pickle

import msgspec
import pytest

from botyard.core.vault import Secret

VALUE = "canary-9f3a71"


class Holder(msgspec.Struct):
    secret: Secret


class TestSecret:
    def test_is_masked_wherever_it_is_printed(self) -> None:
        secret = Secret(VALUE)
        record = logging.makeLogRecord({"msg": "read %s", "args": (secret,)})
        shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", record.getMessage(), repr(Holder(secret))]
        assert [text for text in shown if VALUE in text] == []

    def test_is_refused_by_json_pickle_and_copy(self) -> None:
        for write in (msgspec.json.encode, pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError) as refused:
                write(Secret(VALUE))
            assert VALUE not in str(refused.value)

    def test_equals_a_secret_of_the_same_text_and_no_text(self) -> None:
        assert Secret(VALUE) == Secret(VALUE)
        assert Secret(VALUE) != Secret("other")
        assert Secret(VALUE) != VALUE

    def test_gives_its_text_when_asked(self) -> None:
        assert Secret(VALUE).reveal() == VALUE
