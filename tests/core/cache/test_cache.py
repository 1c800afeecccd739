"""Values by key, with an end, in sets; and what is swept."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import Invalid
from botyard.core import cache
from botyard.core.cache import MAX_KEY, MAX_TTL, SHARED, Entry, Place, Stored
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, make_workspace


def entry(place: Place, value: str, ttl: int | None = None, now: int = NOW) -> Entry:
    return Entry(place=place, value=value, ttl=ttl, now=now)


async def test_of_one_set_the_later_value_stays_and_the_first_delete_finds_it(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        home = make_workspace(tx).id
        a, b, shared = Place(home, 1, "a"), Place(home, 1, "b"), Place(home, SHARED, "a")
        cache.set_many(tx, [entry(a, "1"), entry(b, '"x"'), entry(a, "2"), entry(shared, "null")])
        found = [cache.get(tx, place=place, now=NOW) for place in (a, b, shared, Place(home, 2, "a"))]
        assert [each and each.value for each in found] == ["2", '"x"', "null", None]
        assert cache.delete_many(tx, [(a, NOW), (a, NOW), (Place(home, 2, "a"), NOW)]) == [True, False, False]
        assert cache.get(tx, place=a, now=NOW) is None
        assert cache.get(tx, place=shared, now=NOW) is not None

    await db.write(scenario)


async def test_a_value_goes_when_its_time_is_over(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        place = Place(make_workspace(tx).id, 1, "a")
        cache.set_many(tx, [entry(place, "1", ttl=10)])
        assert cache.get(tx, place=place, now=NOW + 1) == Stored(value="1", ttl=10)
        assert cache.get(tx, place=place, now=NOW + 9 * SECOND + 1) == Stored(value="1", ttl=1)
        assert cache.get(tx, place=place, now=NOW + 10 * SECOND) is None
        assert cache.delete_expired(tx, now=NOW + 9 * SECOND) == 0
        assert cache.delete_many(tx, [(place, NOW + 10 * SECOND)]) == [False]
        cache.set_many(tx, [entry(place, "1", ttl=10), entry(place._replace(key="b"), "1")])
        assert cache.delete_expired(tx, now=NOW + 10 * SECOND) == 1
        cache.set_many(tx, [entry(place, "1", ttl=10)])
        cache.set_many(tx, [entry(place, "2")])
        assert cache.get(tx, place=place, now=NOW + 999 * SECOND) == Stored(value="2", ttl=None)

    await db.write(scenario)


async def test_what_was_written_longest_ago_makes_room(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        full, other = make_workspace(tx).id, make_workspace(tx).id
        entries = [entry(Place(full, number % 3, f"k{number}"), "x" * 98, now=NOW + number) for number in range(10)]
        cache.set_many(tx, [*entries, entry(Place(other, 1, "k"), "1", now=NOW - 5)])
        assert cache.trim(tx, max_size=450, limit=4) == 4
        assert cache.trim(tx, max_size=450) == 2
        assert cache.trim(tx, max_size=450) == 0
        left = [number for number in range(10) if cache.get(tx, place=entries[number].place, now=NOW)]
        assert left == [6, 7, 8, 9]
        assert cache.get(tx, place=Place(other, 1, "k"), now=NOW) is not None

    await db.write(scenario)


@pytest.mark.parametrize("ttl", [-1, True, "10", float("nan"), float("inf"), [1]])
def test_what_is_no_number_of_seconds_is_refused(ttl: Any) -> None:
    with pytest.raises(Invalid):
        cache.checked_ttl(ttl)


def test_seconds_are_rounded_up_and_bounded() -> None:
    checked = [cache.checked_ttl(ttl) for ttl in (None, 0, 0.0, 1, 0.2, 2.5, 1e300)]
    assert checked == [None, None, None, 1, 1, 3, MAX_TTL]


@pytest.mark.parametrize("key", ["", "a\0b", "å" * (MAX_KEY // 2) + "x"])
def test_what_cannot_be_a_key_is_refused(key: str) -> None:
    with pytest.raises(Invalid):
        cache.checked_key(key)
