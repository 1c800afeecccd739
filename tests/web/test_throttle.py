from __future__ import annotations

import pytest

from botyard.base.exceptions import Busy
from botyard.web import Buckets, Throttle


def wait(throttle: Throttle, account: str = "ann", address: str = "10.0.0.1") -> float:
    try:
        throttle.check(account=account, address=address)
    except Busy as error:
        return error.retry_after
    return 0.0


class TestThrottle:
    def test_lets_five_failures_pass_and_then_doubles_the_wait(self) -> None:
        throttle, waits = Throttle(), []
        for _ in range(9):
            throttle.failed(account="ann", address="10.0.0.1")
            waits.append(round(wait(throttle)))
        assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16]

    def test_never_waits_longer_than_fifteen_minutes(self) -> None:
        throttle = Throttle()
        for _ in range(10_000):
            throttle.failed(account="ann", address="10.0.0.1")
        assert 890 < wait(throttle) <= 900

    def test_slows_one_address_that_tries_many_accounts(self) -> None:
        throttle = Throttle()
        for number in range(30):
            throttle.failed(account=f"user{number}", address="10.0.0.1")
        assert wait(throttle, "somebody") > 0
        assert wait(throttle, "somebody", "10.0.0.2") == 0

    def test_forgets_an_account_but_not_an_address_after_success(self) -> None:
        throttle = Throttle()
        for _ in range(30):
            throttle.failed(account="ann", address="10.0.0.1")
        throttle.succeeded(account="ann")
        assert wait(throttle, "ann", "10.0.0.2") == 0
        assert wait(throttle, "ann", "10.0.0.1") > 0

    def test_keeps_a_bounded_memory(self) -> None:
        throttle = Throttle()
        for number in range(60_000):
            throttle.failed(account=str(number), address="10.0.0.1")
        assert len(throttle._failures) <= 50_000


class TestBuckets:
    def test_allow_a_burst_and_then_the_rate(self) -> None:
        buckets = Buckets(rate=0.001, burst=3)
        for _ in range(3):
            buckets.take("a")
        with pytest.raises(Busy) as caught:
            buckets.take("a")
        assert caught.value.code == "rate_limited"
        assert caught.value.retry_after > 900
        buckets.take("b")
