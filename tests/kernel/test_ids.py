"""Ids: unique whatever the names, short enough and plain enough for every venue, and without clock or chance."""

from __future__ import annotations

import hashlib
import re

from hypothesis import example, given
from hypothesis import strategies as st

from framework.kernel.ids import CLIENT_ORDER_ID_MAX, OrderIds, Whose, run_id

ALPHABET = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
names = st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=20, unique=True)
alike = st.lists(st.from_regex(r"abcde[0-9f]{0,5}", fullmatch=True), min_size=1, max_size=30, unique=True)


@given(st.text(max_size=20), st.text(max_size=20), names | alike)
@example("bot", "run", ["abcdefgh", "abcde002", "abcdefghi"])
@example("bot", "run", ["abcdefgh1", "abcdefgh2", "abcdefg2", "abcdefg3"])
@example("bot", "run", ["mean-rev", "mean_rev", "mean.rev"])
@example("my bot/1", "äöü", ["größe"])
@example("longest bot", "longest run", [f"strategy {number}" for number in range(1_200)])
def test_ids_are_unique_short_and_plain_whatever_the_names(bot: str, run: str, strategies: list[str]) -> None:
    ids = OrderIds(bot, run, strategies)
    made = [ids.next(strategy) for _ in range(3) for strategy in strategies]
    assert len(set(made)) == len(made)
    assert all(len(made_id) <= CLIENT_ORDER_ID_MAX for made_id in made)
    assert all(ALPHABET.fullmatch(made_id) for made_id in made)


def test_an_id_tells_bot_run_strategy_and_number() -> None:
    ids = OrderIds("bot", "0123456789abcdef", ["mm", "sma"])
    assert [ids.next("mm"), ids.next("mm"), ids.next("sma")] == [
        "bot-012345-mm-1",
        "bot-012345-mm-2",
        "bot-012345-sma-1",
    ]


def test_the_same_run_makes_the_same_ids() -> None:
    first, second = (OrderIds("bot", "run", ["mm", "market_maker", "market_maker2"]) for _ in range(2))
    order = ["mm", "market_maker", "market_maker2", "mm"]
    assert [first.next(name) for name in order] == [second.next(name) for name in order]


def test_a_number_that_has_no_room_is_written_shorter_and_stays_unique() -> None:
    """Ten orders a second for twelve days."""
    ids = OrderIds("longest bot", "longest run", ["strategy_of_mine"])
    made = []
    for number in (9_999_998, 10_000_000, 10_000_001, 50_000_000, 2_000_000_000):
        ids._counts["strategy_of_mine"] = number
        made += [ids.next("strategy_of_mine"), ids.next("strategy_of_mine")]
    assert made[0].endswith("-9999999")
    assert made[1] == made[0].replace("9999999", "z5yc1s")
    assert len(set(made)) == len(made) - 1  # 10,000,001 and 2 were made twice, on purpose
    assert all(len(made_id) <= CLIENT_ORDER_ID_MAX and ALPHABET.fullmatch(made_id) for made_id in made)


def test_a_runs_id_is_decided_by_its_parts_alone() -> None:
    framed = bytes(7) + b"\x04tape" + bytes(7) + b"\x04seed"
    assert run_id(b"tape", b"seed") == hashlib.sha256(framed).hexdigest()[:16]
    assert re.fullmatch(r"[0-9a-f]{16}", run_id())


@given(st.lists(st.binary(max_size=4), max_size=4), st.lists(st.binary(max_size=4), max_size=4))
@example([b"ab", b"c"], [b"a", b"bc"])
@example([b""], [])
def test_other_parts_make_another_id(parts: list[bytes], others: list[bytes]) -> None:
    assert (run_id(*parts) == run_id(*others)) == (parts == others)


def test_an_id_tells_whose_it_is() -> None:
    ids = OrderIds("my-bot", "aaaaaa1", ["mean-reverting", "mm"])
    first = ids.next("mm")
    whose = ids.whose(first)
    assert whose == Whose("mm", "aaaaaa", is_known_run=True, is_later=False)
    later = ids.whose(first[:-1] + "9")
    assert later is not None
    assert later.is_later
    other = ids.whose("my-bot-bbbbbb-mm-3")
    assert other == Whose("mm", "bbbbbb", is_known_run=False, is_later=False)
    gone = ids.whose("my-bot-aaaaaa-gone-3")
    assert gone is not None
    assert (gone.strategy, gone.is_known_run) == ("", True)
    for foreign in ("", "manual-1", "my-bot-aaaaaa-mm", "my-bot-aaaaaa-mm-x", "my-bot2-aaaaaa-mm-1"):
        assert ids.whose(foreign) is None, foreign


def test_ids_of_earlier_sessions_are_known_and_never_given_again() -> None:
    earlier = OrderIds("bot", "run001", ["mm"])
    used = [earlier.next("mm") for _ in range(40)]
    ids = OrderIds("bot", "run001", ["mm"])
    for client_order_id in used:
        ids.skip(client_order_id)
    ids.skip("somebody else")
    assert ids.next("mm") not in used
    new = OrderIds("bot", "run002", ["mm"])
    new.skip(used[20])
    unknown = new.whose(used[20])
    assert unknown is not None and not unknown.is_known_run, "an id that is taken in does not make its run known"
    new.remember("run001")
    known, lost = new.whose(used[20]), new.whose(used[21])
    assert known is not None
    assert lost is not None
    assert (known.is_known_run, known.is_later, lost.is_later) == (True, False, True)
    new.remember("run003")
    started = new.whose("bot-run003-mm-1")
    assert started is not None
    assert (started.is_known_run, started.is_later) == (True, True)


@given(st.integers(1, 36**6 - 1))
def test_a_number_is_read_as_it_was_written(number: int) -> None:
    ids = OrderIds("longname", "run001", ["strategy"])
    ids._counts["strategy"] = number - 1
    whose = ids.whose(ids.next("strategy"))
    assert whose is not None
    assert not whose.is_later
