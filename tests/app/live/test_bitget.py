"""The daemon in live mode on Bitget's protocol, against the sandbox on loopback: mostly spot of a classic account."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from framework.app.live.words import ALONE
from framework.gateway.bitget import watch
from framework.kernel.clock import RealClock
from framework.kernel.journal import read_folder
from framework.kernel.records import EventHeard, RequestSent
from framework.model.errors import AuthError, ConfigError, VenueError
from framework.model.orders import Order, OrderState
from framework.model.scopes import account_scope
from framework.router.kill.operator import asked_of
from framework.router.kill.states import Cause, KillState
from framework.sandbox.bitget.server import BitgetServer, serving
from framework.sandbox.bitget.venue import BitgetVenue
from framework.sandbox.faults import Fault, FaultKind, FaultList
from tests.app.live_house import Hand, Sessions
from tests.sandbox.bitget.scene import SPOT_BTC, Client, key, show, trade
from tests.sandbox.bitget.scene import order as by_hand

PAIR = "BTC/USDT@bitget"
ACCOUNT = account_scope("bitget", "main")


class CountingServer(BitgetServer):
    """Counts its answers by status."""

    def __init__(self, venue: BitgetVenue, faults: Sequence[Fault]) -> None:
        super().__init__(venue, FaultList(list(faults)))
        self.statuses: Counter[int] = Counter()
        self.is_frozen = False
        """It takes requests and answers none, like a process that was stopped."""

    def app(self) -> web.Application:
        made = super().app()
        made.middlewares.append(self._counted)
        return made

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.is_frozen:
            await asyncio.Event().wait()
        said = await handler(request)
        self.statuses[said.status] += 1
        return said


class BitgetHouse(Sessions):
    """At the sandbox: 60000.00 to 60001.00."""

    def __init__(self, folder: Path, server: CountingServer, port: int, name: str) -> None:
        super().__init__(folder, port)
        self.server, self.venue = server, server.venue
        self.key = key(self.venue, name)
        self.listing = SPOT_BTC
        """What is traded."""
        self.live = {"venue": "bitget"}
        secrets = folder / "secrets"
        secrets.mkdir(mode=0o700)
        for part in ("key", "secret", "passphrase"):
            path = secrets / f"bitget_{part}"
            path.touch(mode=0o600)
            path.write_text(getattr(self.key, part))
        self.environment = {"BOT_SECRETS": str(secrets)}

    @property
    def open(self) -> list[str]:
        """What rests, by our ids."""
        return [one.client_id for one in self.venue.members[self.key.uid].open.values()]

    @property
    def balances(self) -> dict[str, Decimal]:
        wallet = self.venue.members[self.key.uid].wallet(self.listing)
        return {asset: wallet.held(asset) for asset in ("USDT", "BTC") if asset in wallet.available}

    @property
    def position(self) -> tuple[int, Decimal]:
        """Of what is traded, in one-way mode: size points, and what they cost."""
        held = self.venue.members[self.key.uid].position(self.listing, "net")
        if held is None:
            return 0, Decimal(0)
        return held.points, self.listing.instrument.size_exact(held.points) * held.open_price


@asynccontextmanager
async def bitget_house(folder: Path, name: str = "classic-spot", *faults: Fault) -> AsyncIterator[BitgetHouse]:
    made = BitgetVenue(RealClock())
    show(made)
    server = CountingServer(made, faults)
    async with serving(server) as port:
        yield BitgetHouse(folder, server, port, name)


async def test_it_trades_fills_stops_and_comes_back_with_books_that_are_the_venues(tmp_path: Path) -> None:
    async with bitget_house(tmp_path) as house:
        async with house.session() as first:
            assert "the key may trade from 127.0.0.1, ::1" in first.told.getvalue()
            assert await first.arm() == "ARMED global"
            order = await first.act(lambda hand: hand.buy(PAIR, "0.0009", price="59990"))
            await first.until(lambda: order.is_open)
            assert house.open == [order.client_order_id]
            trade(house.venue, "59989.00", "5", buy=False)
            await first.until(lambda: order.is_done)
            assert order.state is OrderState.FILLED
            await first.until(lambda: first.hand.state.fills)
            resting = await first.act(lambda hand: hand.buy(PAIR, "0.0005", price="59000"))
            await first.until(lambda: resting.is_open)
            summary = await first.ended()
        assert (summary.faults, summary.ledger_difference) == ([], {})
        assert resting.state is OrderState.CANCELLED
        assert house.open == []
        async with house.session() as second:
            assert second.state is KillState.ARMED
            assert second.hand.state.fills == 1
            assert second.run.recovery.unadopted() == []
            totals = second.run.core.engine.portfolio.totals()
            assert {asset: totals[asset] for asset in house.balances} == house.balances


def best(hand: Hand) -> list[tuple[float, float]]:
    book = hand.book(PAIR)
    return [] if book is None else list(book.bids(1))


@pytest.mark.parametrize("reads_books", [True, False])
async def test_a_book_is_heard_where_a_strategy_asks_for_it_from_its_start_on(
    tmp_path: Path, reads_books: bool
) -> None:
    """The venue tells a whole book once: it must not come before anybody keeps it."""
    async with bitget_house(tmp_path) as house:
        async with house.session(reads_books=reads_books) as session:
            for bid in (60_000, 60_100):
                show(house.venue, bid)
                await session.until(lambda: session.run.core.engine.quote(session.there).bid == bid, 5)  # noqa: B023
                if reads_books:
                    await session.until(lambda: best(session.hand) == [(bid, 1.0)], 5)  # noqa: B023
        kinds = {
            record.kind
            for record in read_folder(tmp_path / "var" / "live" / "bitget-main" / "journal")
            if isinstance(record, EventHeard)
        }
        assert ("depth" in kinds) is reads_books


@pytest.mark.parametrize("is_alone", [True, False])
async def test_one_request_takes_back_all_of_a_market_where_a_person_says_that_it_is_all_ours(
    tmp_path: Path, is_alone: bool
) -> None:
    async with bitget_house(tmp_path) as house, house.session(live={"alone": is_alone}) as session:
        await session.arm()
        assert (ALONE in session.told.getvalue()) is is_alone
        orders: list[Order] = []

        def quote(hand: Hand) -> Order:
            orders.extend(hand.buy(PAIR, "0.0003", price=str(59_000 + number)) for number in range(12))
            return orders[0]

        def back(hand: Hand) -> Order:
            hand.cancel_all()
            return orders[0]

        await session.act(quote)
        await session.until(lambda: all(order.is_open for order in orders))
        await session.act(back)
        await session.until(lambda: all(order.is_done for order in orders))
        assert house.open == []
    journal = tmp_path / "var" / "live" / "bitget-main" / "journal"
    forms = [(sent.request, len(sent.orders)) for sent in read_folder(journal) if isinstance(sent, RequestSent)]
    assert (("cancel_symbol", 12) in forms) is is_alone


async def test_an_order_by_hand_is_left_alone_even_there(tmp_path: Path) -> None:
    async with bitget_house(tmp_path) as house, house.session(live={"alone": True}) as session:
        lane = session.run.core.router.lanes["bitget"]
        assert lane.is_ours_alone
        Client(house.venue, "classic-spot").post("/api/v2/spot/trade/place-order", by_hand(clientOid="by-hand"))
        await session.until(lambda: not lane.is_ours_alone)


@pytest.mark.fault("E27", "E28")
@pytest.mark.parametrize(
    ("name", "says"), [("classic-over", "withdraw"), ("classic-unbound", "address"), ("classic-read", "trade")]
)
async def test_a_key_that_may_do_too_much_or_too_little_is_refused_before_anything(
    tmp_path: Path, name: str, says: str
) -> None:
    async with bitget_house(tmp_path, name) as house:
        with pytest.raises(ConfigError, match=says):
            async with house.session():
                pass
        assert not (tmp_path / "var" / "live" / "bitget-main" / "journal").exists()


@pytest.mark.fault("E25")
async def test_a_key_that_is_lost_in_mid_session_trips_the_account(tmp_path: Path) -> None:
    async with bitget_house(tmp_path) as house, house.session() as session:
        await session.arm()
        house.key.is_revoked = True
        order = await session.act(lambda hand: hand.buy(PAIR, "0.0009", price="59000"))
        await session.until(lambda: session.run.core.kill.state(ACCOUNT) is KillState.TRIPPED)
        assert session.run.core.kill.trips[0].cause is Cause.SCOPE
        await session.until(lambda: order.is_done)


@pytest.mark.fault("N25")
async def test_a_stream_that_is_cut_reduces_until_all_is_compared(tmp_path: Path) -> None:
    async with bitget_house(tmp_path) as house, house.session() as session:
        await session.arm()
        kill = session.run.core.kill
        states: list[KillState] = []
        kill.on_step.append(lambda step: states.append(KillState(step.state)))
        order = await session.act(lambda hand: hand.buy(PAIR, "0.0009", price="59990"))
        await session.until(lambda: order.is_open)
        house.server.faults.add([Fault(FaultKind.CUT, path="ws:private")])
        trade(house.venue, "59989.00", "5", buy=False)
        await session.until(lambda: order.is_done)
        await session.until(lambda: states[-1:] == [KillState.ARMED])
        assert states == [KillState.REDUCING, KillState.ARMED]
        assert {asset: session.run.core.engine.portfolio.totals()[asset] for asset in house.balances} == house.balances


async def test_without_a_key_it_does_not_start(tmp_path: Path) -> None:
    async with bitget_house(tmp_path) as house:
        house.environment = {}
        with pytest.raises(ConfigError, match="key of bitget: expected files"):
            async with house.session():
                pass


async def test_a_key_that_the_venue_does_not_know_is_refused(tmp_path: Path) -> None:
    async with bitget_house(tmp_path) as house:
        (tmp_path / "secrets" / "bitget_secret").write_text("another one")
        with pytest.raises((AuthError, VenueError)):
            async with house.session():
                pass


SWAP = "BTC/USDT:USDT"
OTHERS = [
    ("unified-trade", "BTC/USDT", "bitget-unified"),
    ("classic-futures", SWAP, "bitget-futures"),
    ("unified-trade", SWAP, "bitget-unified"),
]


@pytest.mark.parametrize(("name", "symbol", "rules"), OTHERS)
async def test_every_other_dialect_trades_and_comes_back_with_the_venues_books(
    tmp_path: Path, name: str, symbol: str, rules: str
) -> None:
    pair = f"{symbol}@bitget"
    async with bitget_house(tmp_path, name) as house:
        house.live |= {"markets": [symbol], "rules": rules}
        limits = {"instruments": [pair]}
        strategy = {"mm": {"params": {"instruments": [pair]}}}
        async with house.session(limits=limits, strategy=strategy) as first:
            await first.arm()
            order = await first.act(lambda hand: hand.buy(pair, "0.0009", price="59990"))
            await first.until(lambda: order.is_open)
            trade(house.venue, "59989.00", "5", buy=False)
            await first.until(lambda: order.is_done)
            assert order.state is OrderState.FILLED
            summary = await first.ended()
        assert (summary.faults, summary.ledger_difference) == ([], {})
        async with house.session(limits=limits, strategy=strategy) as second:
            assert second.state is KillState.ARMED
            assert second.run.recovery.unadopted() == []
            there = second.there
            assert second.run.core.engine.portfolio.position_points("mm", there) >= there.data_size("0.0008")


@pytest.mark.parametrize(
    ("name", "setting", "says"),
    [
        ("classic-futures", {"is_hedged": True}, "Position mode"),
        ("unified-trade", {"is_hedged": True}, "Position mode"),
        ("classic-futures", {"margin_mode": "isolated"}, "expected isolated margin, found crossed"),
        ("unified-trade", {"margin_mode": "isolated"}, "expected isolated margin, found crossed"),
        ("classic-futures", {"leverage_max": 5}, "at most 5, found"),
        ("unified-trade", {"leverage_max": 5}, "at most 5, found"),
    ],
)
async def test_a_perpetual_in_another_mode_than_the_settings_want_is_refused_before_anything(
    tmp_path: Path, name: str, setting: dict[str, Any], says: str
) -> None:
    async with bitget_house(tmp_path, name) as house:
        is_hedged = setting.get("is_hedged", False)
        house.venue.members[house.key.uid].is_hedged = is_hedged
        house.live |= {"markets": [SWAP], **({} if is_hedged else setting)}
        with pytest.raises(ConfigError, match=says):
            async with house.session(limits={"instruments": [f"{SWAP}@bitget"]}):
                pass


@pytest.mark.fault("E18")
async def test_a_trigger_order_that_bears_our_name_holds_back_until_adopted_and_a_kill_sweeps_it(
    tmp_path: Path,
) -> None:
    async with bitget_house(tmp_path) as house:
        async with house.session() as first:
            await first.arm()
            name = first.run.core.ids.next("mm")
            later = await first.act(lambda hand: hand.buy(PAIR, "0.0005", price="59000"))
            await first.until(lambda: later.is_open)
            await first.ended()
        stop = {"symbol": "BTCUSDT", "side": "sell", "triggerPrice": "50000", "orderType": "market", "size": "0.0005"}
        Client(house.venue, "classic-spot").post("/api/v2/spot/trade/place-plan-order", {**stop, "clientOid": name})
        waiting = house.venue.triggers[house.key.uid]
        async with house.session() as second:
            assert any(name in text for text in second.run.recovery.unadopted())
            second.run.drive.arrivals.put(lambda: second.run.recovery.adopt("test"))
            await second.until(lambda: not second.run.recovery.unadopted())
            order = second.run.core.engine.desk.order(name)
            assert order is not None
            await second.until(lambda: order.is_open)
            kill = asked_of("kill", reason="test")
            second.run.drive.arrivals.put(lambda: second.run.core.operate(kill))
            await second.until(lambda: order.is_done)
            assert order.state is OrderState.CANCELLED
            assert waiting.of(SPOT_BTC.product) == []


V2_PLAN = {"symbol": "BTCUSDT", "side": "sell", "triggerPrice": "50000", "orderType": "market", "size": "0.0005"}
V3_PLAN = {
    "symbol": "BTCUSDT", "side": "sell", "triggerPrice": "50000", "triggerOrderType": "market", "qty": "0.0005",
    "type": "trigger", "triggerBy": "market",
}  # fmt: skip
MIX_PLAN = {
    **V2_PLAN, "productType": "USDT-FUTURES", "marginMode": "crossed", "marginCoin": "USDT", "planType": "normal_plan",
    "triggerType": "fill_price",
}  # fmt: skip
PLANS = [
    ("classic-spot", "BTC/USDT", "/api/v2/spot/trade/place-plan-order", V2_PLAN),
    ("classic-futures", SWAP, "/api/v2/mix/order/place-plan-order", MIX_PLAN),
    ("unified-trade", "BTC/USDT", "/api/v3/trade/place-strategy-order", {**V3_PLAN, "category": "SPOT"}),
    ("unified-trade", SWAP, "/api/v3/trade/place-strategy-order", {**V3_PLAN, "category": "USDT-FUTURES"}),
]


@pytest.mark.fault("E18", "E22")
@pytest.mark.parametrize(("key_name", "symbol", "path", "plan"), PLANS)
@pytest.mark.parametrize("is_cancelled", [False, True], ids=["set_off", "taken_back"])
async def test_what_a_trigger_order_of_ours_became_is_ours_and_one_that_a_person_takes_back_has_ended(
    tmp_path: Path, key_name: str, symbol: str, path: str, plan: dict[str, str], is_cancelled: bool
) -> None:
    pair = f"{symbol}@bitget"
    async with bitget_house(tmp_path, key_name) as house:
        house.live |= {"markets": [symbol]}
        changed = {"limits": {"instruments": [pair]}, "strategy": {"mm": {"params": {"instruments": [pair]}}}}
        async with house.session(**changed) as first:
            await first.arm()
            name = first.run.core.ids.next("mm")
            later = await first.act(lambda hand: hand.buy(pair, "0.0005", price="59000"))
            await first.until(lambda: later.is_open)
            await first.ended()
        trade(house.venue, "60000.00", "0.1", buy=True)
        Client(house.venue, key_name).post(path, {**plan, "clientOid": name})
        triggers = house.venue.triggers[house.key.uid]
        async with house.session(**changed) as second:
            second.run.drive.arrivals.put(lambda: second.run.recovery.adopt("test"))
            await second.until(lambda: not second.run.recovery.unadopted())
            order = second.run.core.engine.desk.order(name)
            assert order is not None
            await second.until(lambda: order.is_open)
            if is_cancelled:
                triggers.cancel(*triggers.all.values(), house.venue.now_ms)
                await second.until(lambda: order.is_done)
                assert (order.state, order.reason) == (OrderState.EXPIRED, "ended_by_venue")
            else:
                trade(house.venue, "49999.00", "0.1", buy=False)
                await second.until(lambda: order.is_done)
                await second.until(lambda: second.hand.state.fills)
                assert (order.state, order.avg_price) == (OrderState.FILLED, 60_000)
            summary = await second.ended()
        assert (summary.faults, summary.ledger_difference, summary.fills) == ([], {}, 0 if is_cancelled else 1)
        async with house.session(**changed) as third:
            assert third.run.recovery.unadopted() == []


@pytest.mark.fault("E30")
async def test_a_market_that_is_halted_trips_alone_and_its_orders_are_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "EVERY_S", 2.0)
    async with bitget_house(tmp_path) as house, house.session() as session:
        await session.arm()
        order = await session.act(lambda hand: hand.buy(PAIR, "0.0009", price="59000"))
        await session.until(lambda: order.is_open)
        house.venue.markets[SPOT_BTC].status = "halt"
        await session.until(lambda: order.is_done)
        kill = session.run.core.kill
        assert [(str(trip.scope), trip.cause) for trip in kill.trips] == [(f"instrument:{PAIR}", Cause.MARKET)]
        assert kill.state(ACCOUNT) is KillState.ARMED
        assert house.open == []


@pytest.mark.fault("E31")
async def test_filters_that_change_hold_at_once_what_no_longer_fits_is_refused(
    tmp_path: Path,
) -> None:
    async with bitget_house(tmp_path) as house, house.session() as session:
        await session.arm()
        resting = await session.act(lambda hand: hand.buy(PAIR, "0.0009", price="59000.01"))
        await session.until(lambda: resting.is_open)
        market = house.venue.markets[SPOT_BTC]
        market.filters = SPOT_BTC.filters(price_digits=0, notional_min=Decimal(40))
        first = await session.act(lambda hand: hand.buy(PAIR, "0.0009", price="59000.01"))
        await session.until(lambda: first.is_done)
        assert (first.state, first.reason) == (OrderState.REJECTED, "order_rule")
        await session.until(lambda: session.there.tick_points == 100)
        fits = await session.act(lambda hand: hand.buy(PAIR, "0.0009", price=59_000.57))
        await session.until(lambda: fits.is_open)
        assert fits.price == 59_000
        small = await session.act(lambda hand: hand.buy(PAIR, "0.0005", price="59000"))
        assert (small.state, small.reason) == (OrderState.REFUSED, "min_notional")
        assert resting.is_open and session.state is KillState.ARMED and not session.run.core.kill.trips
        await session.ended()


@pytest.mark.fault("E31")
async def test_a_journal_is_read_in_its_own_points_after_a_coarser_listing_and_a_finer_one_is_refused(
    tmp_path: Path,
) -> None:
    async with bitget_house(tmp_path) as house:
        market = house.venue.markets[SPOT_BTC]
        market.filters = SPOT_BTC.filters(price_digits=1)
        async with house.session() as first:
            await first.arm()
            order = await first.act(lambda hand: hand.buy(PAIR, "0.0009", price="60001"))
            await first.until(lambda: order.is_done)
            await first.ended()
        market.filters = SPOT_BTC.filters(price_digits=0)
        async with house.session() as second:
            assert (second.there.price_digits, second.there.tick_points) == (1, 10)
            assert second.run.recovery.unadopted() == []
            await second.ended()
        market.filters = SPOT_BTC.filters()
        with pytest.raises(ConfigError, match="expected BTC/USDT with at most 1 decimals of a price"):
            async with house.session():
                raise AssertionError


@pytest.mark.fault("E11")
async def test_during_maintenance_nothing_new_leaves_cancels_do_and_the_venue_is_asked_until_it_answers(
    tmp_path: Path,
) -> None:
    async with bitget_house(tmp_path) as house, house.session() as session:
        await session.arm()
        kill = session.run.core.kill
        states: list[KillState] = []
        kill.on_step.append(lambda step: states.append(KillState(step.state)))
        resting = await session.act(lambda hand: hand.buy(PAIR, "0.0009", price="59000"))
        await session.until(lambda: resting.is_open)
        place, lists = "/api/v2/spot/trade/place-order", "/api/v2/spot/trade/unfilled-orders"
        house.server.faults.add(
            [
                Fault(FaultKind.ERROR, path=place, code="40015", message="System is abnormal"),
                Fault(FaultKind.ERROR, path=lists, times=2, code="40015", message="System is abnormal"),
            ]
        )
        new = await session.act(lambda hand: hand.buy(PAIR, "0.0005", price="58900"))
        await session.until(lambda: kill.state(ACCOUNT) is KillState.REDUCING)
        refused = await session.act(lambda hand: hand.buy(PAIR, "0.0005", price="58800"))
        await session.until(lambda: refused.is_done)
        assert (refused.state, new.state) == (OrderState.REFUSED, OrderState.UNKNOWN)
        await session.act(lambda hand: hand.cancel(resting) or resting)
        await session.until(lambda: resting.is_done)
        await session.until(lambda: kill.state(ACCOUNT) is KillState.ARMED)
        assert states == [KillState.REDUCING, KillState.ARMED]
        assert not house.server.faults.left
