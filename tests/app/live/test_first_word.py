"""A start whose venue does not answer: patience where orders may stand, and what is said at its end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from framework.app.live import first_word
from framework.kernel.left_standing import is_noted
from framework.model.errors import AuthError, Retryable, Unreachable
from framework.ops.control_client import broken_off
from tests.app.live.test_bitget import BitgetHouse
from tests.app.live.test_mishaps import lived, rests
from tests.app.live_house import Session, live_house

KEEPING = {"on_stop": "keep"}


async def left_two(house: BitgetHouse) -> str:
    """Two orders that a clean end leaves; their names."""
    async with house.session(live=KEEPING) as session:
        return ", ".join(order.client_order_id for order in await rests(session, 2))


def now_s() -> float:
    return asyncio.get_running_loop().time()


def test_a_venue_that_comes_back_meanwhile_is_started_on_where_orders_stand(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        names = await left_two(house)
        house.server.is_frozen = True
        with house.opened(live=KEEPING) as (opened, told):
            session = Session(opened, told)
            await asyncio.sleep(100)
            assert not session.task.done()
            assert f"by the journal 2 orders may stand there: {names}; asked again in 1 s" in told.getvalue()
            assert session.stop.last_words() == f"by the journal 2 orders may stand there: {names}"
            house.server.is_frozen = False
            await session.until(lambda: hasattr(session, "run") and session.run.is_started, 60)
            await session.ended()
        assert not is_noted(opened.folder)

    lived(tmp_path, life)


def test_a_start_that_is_given_up_names_what_may_stand_and_status_tells_of_it(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        names = await left_two(house)
        house.server.is_frozen = True
        began_s = now_s()
        with house.opened(live=KEEPING) as (opened, told), pytest.raises(Retryable) as given_up:
            await Session(opened, told).task
        assert now_s() - began_s >= first_word.PATIENCE_S
        (note,) = given_up.value.__notes__
        assert note == (
            f"by the journal 2 orders may stand there: {names}; nothing was placed, and they stay as they are: start again "
            "once the cause is mended, run.py live asks after them, or take them back on the venue's own page"
        )
        assert broken_off(tmp_path / "var") == [opened.folder]
        house.server.is_frozen = False
        async with house.session(live=KEEPING) as session:
            await session.ended()
        assert broken_off(tmp_path / "var") == []

    lived(tmp_path, life)


def test_a_stop_ends_the_waiting(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        await left_two(house)
        house.server.is_frozen = True
        with house.opened(live=KEEPING) as (opened, told):
            session = Session(opened, told)
            await session.until(lambda: "asked again in 8 s" in told.getvalue(), 100)
            began_s = now_s()
            session.stop.ask("Ctrl-C")
            with suppress(Retryable):
                await session.task
            assert now_s() - began_s < 1

    lived(tmp_path, life)


def test_where_nothing_of_ours_stands_a_start_is_given_up_at_once(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        house.server.is_frozen = True
        began_s = now_s()
        with house.opened() as (opened, told), pytest.raises(Retryable) as given_up:
            await Session(opened, told).task
        assert now_s() - began_s < 60
        assert not hasattr(given_up.value, "__notes__")

    lived(tmp_path, life)


def test_a_refused_key_is_not_tried_again_and_what_stands_is_named(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        names = await left_two(house)
        (tmp_path / "secrets" / "bitget_secret").write_text("another")
        with house.opened(live=KEEPING) as (opened, told), pytest.raises(AuthError) as refused:
            await Session(opened, told).task
        assert "asked again" not in told.getvalue()
        assert f"by the journal 2 orders may stand there: {names}" in refused.value.__notes__[0]

    lived(tmp_path, life)


async def test_connections_are_waited_for_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framework.app.live.session.READY_S", 0.1)
    monkeypatch.setattr(first_word, "PATIENCE_S", 0.5)
    async with live_house(tmp_path) as house:
        async with house.session(live=KEEPING) as first:
            await first.arm()
            order = await first.act(lambda hand: hand.buy(hand.pair, "0.001", price="59000"))
            await first.until(lambda: order.is_open)
        house.port = 1  # nobody is there
        with (
            house.opened(live=KEEPING) as (opened, told),
            pytest.raises(Unreachable, match=r"within 0\.5 s") as given_up,
        ):
            await Session(opened, told).task
        assert f"1 order may stand there: {order.client_order_id}" in given_up.value.__notes__[0]
