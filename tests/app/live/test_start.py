"""The daemon in live mode against a venue on loopback: start, trade, stop, start again, and what holds it back."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Coroutine
from contextlib import nullcontext, suppress
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from framework.app.drive import Stop
from framework.app.live import start
from framework.app.live.run import LiveRun
from framework.app.live.start import live_settings
from framework.app.live.words import standing_words
from framework.config import load_config
from framework.kernel.adrift import adrift_below
from framework.kernel.journal.places import records_of
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.kernel.latch import LatchPage, encode
from framework.kernel.records import OrderMade
from framework.model.errors import ConfigError, OccupiedError
from framework.model.orders import OrderState
from framework.model.scopes import EVERYTHING, Scope, ScopeKind
from framework.reports.asked import trips
from framework.router.kill.flatten import TAG
from framework.router.kill.operator import asked_of
from framework.router.kill.states import Cause, KillState, Phase
from tests.app.crash_child import RULES as QUICK_RULES
from tests.app.live_house import BTC, Session, asked_of_socket, live_house, settings


class Comparing(Session):
    """A daemon whose venue takes its time to answer what it is asked at the start."""

    is_answered = False

    def _made(self, run: LiveRun) -> None:
        super()._made(run)
        has_answers = run.has_answers
        run.has_answers = lambda: self.is_answered and has_answers()  # type: ignore[method-assign]


async def test_it_starts_disarmed_trades_when_armed_and_comes_back_with_books_that_are_the_venues(
    tmp_path: Path,
) -> None:
    async with live_house(tmp_path) as house:
        async with house.session() as first:
            assert first.state is KillState.DISARMED
            assert first.hand.started == [False]
            refused = await first.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await first.until(lambda: refused.is_done)
            assert (refused.state, refused.reason) == (OrderState.REFUSED, "gate_closed")
            assert not house.venue.orders
            for words in (
                "account main",
                "equity 70,000.50 USDT",
                "order notional 100 USDT",
                "20 USDT in 24h",
                "run.py arm",
            ):
                assert words in first.told.getvalue()

            assert await first.arm() == "ARMED global"
            order = await first.act(lambda hand: hand.buy(BTC, "0.001", price="59990"))
            await first.until(lambda: order.is_open)
            assert house.venue.open_ids("") == [order.client_order_id]
            house.sell_into(5_998_900)
            await first.until(lambda: order.is_done)
            assert order.state is OrderState.FILLED
            resting = await first.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await first.until(lambda: resting.is_open)
            summary = await first.ended()
        assert (summary.faults, summary.mode, summary.stopped_by) == ([], "LIVE", "test is over")
        assert resting.state is OrderState.CANCELLED
        assert house.venue.open_ids("") == []
        assert not summary.ledger_difference

        async with house.session() as second:
            assert second.state is KillState.ARMED  # the latch comes back as it was
            assert second.hand.started == [True]
            assert second.hand.state.fills == 1
            core = second.run.core
            assert core.engine.portfolio.totals() == house.balances
            assert core.engine.portfolio.ledger("mm").cash["BTC"] == Decimal("0.001999")
            assert second.run.recovery.unadopted() == []
            assert {each.client_order_id for each in core.engine.blotter.open_of("mm")} == set()
            again = await second.act(lambda hand: hand.sell(BTC, "0.0009", price="61000"))
            await second.until(lambda: again.is_open)
            assert again.client_order_id not in {order.client_order_id, resting.client_order_id}


async def test_who_has_not_armed_yet_finds_it_disarmed_again_and_not_tripped(tmp_path: Path) -> None:
    old = LatchPage().armed(EVERYTHING, "of a journal that is no more", "ann", 1)
    async with live_house(tmp_path) as house:
        latch = house.folder / "var" / "live" / "plain-main" / "latch"
        latch.parent.mkdir(parents=True)
        latch.write_bytes(encode(old))
        for _ in range(2):
            async with house.session() as session:
                assert session.state is KillState.DISARMED
                assert "start trading with run.py arm --reason WHY" in session.told.getvalue()
                await session.ended()
        latch.unlink()
        async with house.session() as session:
            assert session.state is KillState.TRIPPED  # damaged or gone, it arms nothing


@pytest.mark.fault("O4", "O5")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"live": {"host": "10.0.0.1:80"}},
            (
                "[live] host: expected localhost, 127.0.0.1 or ::1, found 10.0.0.1; no live venue is served yet: strategies run in "
                "the process that holds the key, until the gateway is one of its own"
            ),
        ),
        ({"live": {"host": "127.0.0.1"}}, "expected host and port"),
        ({"router": {"self_cross": "cross"}}, 'expected "hold" or "refuse" for live trading'),
        ({"limits": {"max_loss": None}}, "[limits.strategy.mm] max_loss: missing; live trading needs it"),
        ({"limits": {"account": {"main": {"max_loss": "1 BTC"}}}}, "expected an amount of USDT"),
        ({"strategy": {"mm": {"enabled": False}}}, "expected at least one enabled"),
    ],
)
def test_it_does_not_start_without_what_it_needs(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as error:
        live_settings(settings(tmp_path, 8765, **changes))
    assert says in str(error.value)


@pytest.mark.fault("O5")
@pytest.mark.fault("P24")
def test_a_second_ctrl_c_says_what_it_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(session: Coroutine[Any, Any, object]) -> None:
        session.close()
        raise KeyboardInterrupt

    stop, unread = Stop(), cast("Any", None)
    stop.last_words = lambda: "2 orders may stand there: a, b"
    monkeypatch.setattr(start, "opening", lambda config, parts: nullcontext(SimpleNamespace(folder=tmp_path)))
    monkeypatch.setattr(start.asyncio, "run", ends)
    with pytest.raises(KeyboardInterrupt) as ended:
        start.trade_live(unread, unread, stop)
    assert ended.value.__notes__ == ["stopped hard by Ctrl-C: 2 orders may stand there: a, b"]


def test_paper_settings_are_no_live_settings() -> None:
    with pytest.raises(ConfigError, match=r"\[live\] venue: missing"):
        live_settings(load_config(Path("config/paper.toml")))


@pytest.mark.fault("P27")
async def test_a_second_daemon_of_the_account_does_not_start(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, house.session():
        with (
            pytest.raises(
                OccupiedError,
                match=r"^account main@plain: expected an account that no other daemon trades, found it held by process",
            ) as told,
            house.opened(),
        ):
            pass
        assert str(told.value).endswith(".lock)")


@pytest.mark.fault("P27")
async def test_a_second_daemon_in_the_same_folder_does_not_start_whatever_its_key(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, house.session():
        house.parts["locks"] = tmp_path / "other locks"  # as another key would have
        with pytest.raises(OccupiedError, match="expected a folder that no other daemon keeps"), house.opened():
            pass


async def test_a_kill_that_nobody_answered_trips_the_next_start(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        async with house.session() as first:
            await first.arm()
        requests = KillRequests(tmp_path / "var/live/plain-main")
        name = requests.keep(KillRequest("global", "nobody answered", "operator"))
        async with house.session() as second:
            assert second.state is KillState.TRIPPED
            assert not requests.stands(name)
            assert second.run.core.kill.trips[-1].reason == "nobody answered"
        async with house.session() as third:
            assert third.state is KillState.TRIPPED


async def test_a_kill_while_books_are_compared_holds_before_anything_else_is_sent(tmp_path: Path) -> None:
    keeping = {"on_stop": "keep"}
    async with live_house(tmp_path) as house:
        async with house.session(live=keeping) as first:
            await first.arm()
            order = await first.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await first.until(lambda: order.is_open)
        assert house.venue.open_ids("") == [order.client_order_id]
        with house.opened(live=keeping) as (found, told):
            second = Comparing(found, told)
            await second.until(lambda: hasattr(second, "run"))
            requests = KillRequests(tmp_path / "var/live/plain-main")
            name = requests.keep(KillRequest("global", "not yet", "operator"))
            await second.until(lambda: not requests.stands(name))
            assert not second.run.is_started
            assert second.run.core.kill.trips[-1].reason == "not yet"
            await second.until(lambda: house.venue.open_ids("") == [])
            second.is_answered = True
            await second.begun()
            assert second.state is KillState.TRIPPED
            await second.ended()


async def test_sigusr1_before_a_run_can_be_killed_is_kept_for_it(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        async with house.session() as first:
            await first.arm()
        with house.opened() as (found, told):
            os.kill(os.getpid(), signal.SIGUSR1)
            second = Session(found, told)
            await second.begun()
            assert second.state is KillState.TRIPPED
            assert second.run.core.kill.trips[-1].cause is Cause.SIGNAL
            os.kill(os.getpid(), signal.SIGUSR1)
            await second.until(lambda: len(second.run.core.kill.trips) == 1)
            await second.ended()


@pytest.mark.parametrize("end", ["signal", "stop"])
async def test_a_daemon_whose_folder_is_removed_is_found_and_ends_as_the_words_about_it_say(
    tmp_path: Path, end: str
) -> None:
    async with live_house(tmp_path) as house:
        with house.opened() as (found, told):
            session = Session(found, told)
            await session.begun()
            await session.arm()
            order = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await session.until(lambda: order.is_open)
            shutil.rmtree(tmp_path / "var/live/plain-main")
            (adrift,) = adrift_below(tmp_path / "var", tmp_path / "locks")
            assert adrift.process == str(os.getpid())
            if end == "signal":
                assert adrift.close_gate() == ""
                await session.until(lambda: session.state is KillState.TRIPPED)
                await session.until(lambda: house.venue.open_ids("") == [])
            summary = await session.ended()
            assert house.venue.open_ids("") == []
            assert any("removed or moved away while it was written" in fault for fault in summary.faults)


async def test_another_capital_is_taken_from_what_is_unassigned(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        async with house.session() as first:
            assert first.run.core.engine.portfolio.unassigned["USDT"] == 9_000
        async with house.session(capital=("400 USDT", "0.002 BTC")) as second:
            assert second.run.recovery.unadopted() == []
            portfolio = second.run.core.engine.portfolio
            assert (portfolio.unassigned["USDT"], portfolio.unassigned["BTC"]) == (9_600, Decimal("0.998"))
        async with house.session(capital=("20000 USDT",)) as third:
            assert "USDT: the venue holds 10000, our books 20000" in third.told.getvalue()


@pytest.mark.fault("P24")
async def test_orders_stay_at_a_clean_end_where_that_is_wanted_and_are_taken_up_again(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        async with house.session(live={"on_stop": "keep"}) as first:
            await first.arm()
            kept = await first.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await first.until(lambda: kept.is_open)
        assert house.venue.open_ids("") == [kept.client_order_id]
        async with house.session() as second:
            assert [each.client_order_id for each in second.run.core.engine.blotter.open_of("mm")] == [
                kept.client_order_id
            ]
        assert house.venue.open_ids("") == []


@pytest.mark.fault("O9")
async def test_a_trip_sweeps_and_outlives_the_session(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        async with house.session() as first:
            await first.arm()
            order = await first.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await first.until(lambda: order.is_open)
            control = await asyncio.to_thread(asked_of_socket, house.folder, {"verb": "kill", "reason": "test"})
            assert control["gate"] == "CONFIRMED"
            await first.until(lambda: order.is_done)
            assert house.venue.open_ids("") == []
            await asyncio.to_thread(asked_of_socket, house.folder, {"verb": "kill", "reason": "and more"})
            status = await asyncio.to_thread(asked_of_socket, house.folder, {"verb": "status"})
            assert [each["reason"] for each in status["trips"]] == ["test; and more"]
            trip = first.run.core.kill.trips[-1]
        async with house.session() as second:
            assert second.state is KillState.TRIPPED
            told = second.told.getvalue()
            assert "TRIPPED: test; and more: nothing is sent\n" in told
            assert (
                f"shows trip {trip.id} as swept, two steps arm global: run.py arm --trip {trip.id} --reason WHY" in told
            )
            assert "start trading" not in told
            status = await asyncio.to_thread(asked_of_socket, house.folder, {"verb": "status"})
            (recalled,) = status["trips"]
            told_of = {name: recalled[name] for name in ("trip", "scope", "cause", "reason", "ts_ns", "phase")}
            assert told_of == {
                "trip": trip.id, "scope": "global", "cause": "operator", "reason": "test; and more", "ts_ns": trip.ts_ns,
                "phase": "sweeping",
            }  # fmt: skip
            ((*_, sweep, shown),) = trips(status).rows
            assert (sweep, shown) == ("sweeping: 0 cancelled, 0 left", trip.id)
            refused = await second.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await second.until(lambda: refused.is_done)
            assert refused.reason == "gate_closed"


@pytest.mark.fault("P6")
async def test_a_daemon_that_dies_while_it_flattens_goes_on_with_it(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        before = house.balances["BTC"]
        async with house.session(rules=QUICK_RULES) as session:
            await session.arm()
            orders = session.run.core.engine.blotter._orders
            request = {"verb": "kill", "flatten": True, "reason": "out"}
            assert (await asyncio.to_thread(asked_of_socket, tmp_path, request))["ok"]
            await session.until(lambda: any(order.tag == TAG and order.is_done for order in orders.values()))
            session.task.cancel()
            with suppress(asyncio.CancelledError):
                await session.task
        assert before - Decimal("0.001") < house.balances["BTC"]
        async with house.session(rules=QUICK_RULES) as session:
            core = session.run.core
            assert session.state is KillState.TRIPPED
            flattening = core.effects.flattenings[EVERYTHING]
            await session.until(lambda: flattening.is_over)
            assert core.engine.portfolio.position_points("mm", session.there) == 0
            assert house.balances["BTC"] == before - Decimal("0.001"), "all of the strategy's, and nothing else"
            assert not core.kill.latched.page.trips["global"].flatten


@pytest.mark.fault("P24")
async def test_a_stop_while_it_flattens_waits_until_all_is_sold(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        before = house.balances["BTC"]
        async with house.session(rules=QUICK_RULES) as session:
            await session.arm()
            request = {"verb": "kill", "flatten": True, "reason": "out"}
            assert (await asyncio.to_thread(asked_of_socket, tmp_path, request))["ok"]
            summary = await session.ended()
            orders = session.run.core.engine.blotter._orders.values()
            assert all(order.is_done for order in orders)
            assert summary.faults == []
            assert not session.run.core.kill.latched.page.trips["global"].flatten
        assert house.balances["BTC"] == before - Decimal("0.001")


@pytest.mark.fault("P24")
async def test_after_the_last_comparison_nothing_is_placed_and_what_is_left_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framework.app.live.session.CALM_S", 0.0)
    async with live_house(tmp_path) as house:
        async with house.session(rules=QUICK_RULES) as session:
            await session.arm()
            request = {"verb": "kill", "flatten": True, "reason": "out"}
            assert (await asyncio.to_thread(asked_of_socket, tmp_path, request))["ok"]
            core = session.run.core
            summary = await session.ended()
            assert (
                "to be flattened and still held: mm BTC/USDT@bitget; the next start goes on with it" in summary.faults
            )
            assert core.kill.latched.page.trips["global"].flatten
        journal = list(records_of(tmp_path / "var" / "live" / "plain-main" / "journal"))
        last = max(at for at, record in enumerate(journal) if getattr(record, "verb", "") == "compare")
        assert [record for record in journal[last:] if isinstance(record, OrderMade)] == []


async def test_a_daemon_that_no_command_reaches_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account = tmp_path / "var" / "live" / "plain-main"
    (account / "control.sock").mkdir(parents=True)
    async with live_house(tmp_path) as house, house.session() as session:
        told = " ".join(capsys.readouterr().err.split())
        assert "control.sock: expected to make the control socket there" in told
        assert f"a file {account / 'KILL'} or SIGUSR1 kills it" in told
        await session.arm()
        (account / "KILL").touch()
        await session.until(lambda: session.state is KillState.TRIPPED)


@pytest.mark.fault("O11")
async def test_raised_limits_need_a_person_and_lowered_ones_do_not(tmp_path: Path) -> None:
    def loss(most: str) -> dict[str, object]:
        return {"limits": {"strategy": {"mm": {"max_loss": most}}}}

    async with live_house(tmp_path) as house:
        async with house.session(**loss("10 USDT")) as session:
            await session.arm()
        async with house.session(**loss("11 USDT")) as session:
            assert session.state is KillState.DISARMED
            why = "limits were raised since it was armed: [limits.strategy.mm] max_loss 10 USDT, now 11 USDT"
            assert f"DISARMED: {why}: nothing is sent" in session.told.getvalue()
            refused = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await session.until(lambda: refused.is_done)
            assert (refused.reason, why in refused.detail) == ("gate_closed", True)
        async with house.session(**loss("11 USDT")) as session:
            assert session.state is KillState.DISARMED, "a restart is no arming"
            assert await session.arm() == "ARMED global"
            assert session.run.core.kill.words == "ARMED"
        async with house.session(**loss("11 USDT")) as session:
            assert session.state is KillState.ARMED
        async with house.session(**loss("5 USDT")) as session:
            assert session.state is KillState.ARMED


async def test_a_kill_file_of_the_account_is_told_before_anybody_arms(tmp_path: Path) -> None:
    kill_file = tmp_path / "var/live/plain-main/KILL"
    kill_file.parent.mkdir(parents=True)
    kill_file.write_text("hold on")
    async with live_house(tmp_path) as house, house.session() as session:
        told = session.told.getvalue()
        assert f"KILL file {kill_file}: it trips everything" in told
        assert "run.py arm --trip " in told
        assert "start trading" not in told
        await session.until(lambda: session.state is KillState.TRIPPED)


async def test_a_strategy_that_is_held_is_told_with_its_own_command(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, house.session() as session:
        await session.arm()
        core = session.run.core
        scope = Scope(ScopeKind.STRATEGY, "mm")
        session.run.drive.arrivals.put(lambda: core.operate(asked_of("kill", scope=scope, reason="test")))
        await session.until(lambda: core.kill.state(scope) is KillState.TRIPPED)
        (trip,) = core.kill.trips
        first, sweep, last = standing_words(core.kill, ())
        assert first == f"TRIPPED {scope}: test"
        assert f"the sweep of {trip.id} is not complete: sweeping" in sweep
        assert f"run.py arm --scope {scope} --trip {trip.id} --reason WHY" in last


async def test_after_a_trip_is_swept_a_person_arms_in_two_steps(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, house.session(rules=QUICK_RULES) as session:
        await session.arm()
        order = await session.act(lambda hand: hand.buy(session.there, "0.0009", price="59000"))
        await session.until(lambda: order.is_open)
        core = session.run.core
        session.run.drive.arrivals.put(lambda: core.operate(asked_of("kill", reason="test")))
        await session.until(lambda: session.state is KillState.TRIPPED)
        (trip,) = core.kill.trips
        assert "the sweep of" in await session.arm(trip=trip.id)
        await session.until(lambda: core.effects.sweeps[trip.scope].phase is Phase.SWEPT)
        assert house.venue.open_ids("") == []
        assert (await session.arm(trip=trip.id)).startswith("REDUCING")
        assert await session.arm(trip=trip.id) == "ARMED global"
