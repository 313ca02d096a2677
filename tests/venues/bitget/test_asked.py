"""Requests: against every static case of ccxt that is ours, and trap by trap."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.structs import replace

from framework.model.batch import BatchKind, RequestKind, request_kind
from framework.model.errors import InvariantError
from framework.model.orders import TimeInForce
from framework.model.rules import SelfTrade
from framework.venues.bitget import endpoints as at
from framework.venues.bitget import rules
from framework.venues.bitget.asked import (
    Edit,
    HoldMode,
    MarginMode,
    Named,
    NewOrder,
    PlanOrder,
    Request,
    Terms,
    question,
)
from framework.venues.bitget.classic_futures import ClassicFutures
from framework.venues.bitget.classic_spot import TPSL, ClassicSpot
from framework.venues.bitget.products import Product
from framework.venues.bitget.unified import Unified
from tests.venues.bitget_recorded import recorded

SPOT, SWAP = Product.SPOT, Product.USDT_FUTURES
S = ClassicSpot(Terms())
F = ClassicFutures(Terms())
F_HEDGED = ClassicFutures(Terms(hold_mode=HoldMode.HEDGE))
F_ISOLATED = ClassicFutures(Terms(margin_mode=MarginMode.ISOLATED))
U = Unified(SPOT, Terms())
U_SWAP = Unified(SWAP, Terms())
U_HEDGED = Unified(SWAP, Terms(hold_mode=HoldMode.HEDGE))


def new(
    size: str, price: str = "", symbol: str = "BTCUSDT", product: Product = SPOT, is_buy: bool = True, **more
) -> NewOrder:
    return NewOrder(product, symbol, "oid", is_buy, size, price, **more)


def named(symbol: str = "BTCUSDT", ours: str = "", theirs: str = "", product: Product = SPOT) -> Named:
    return Named(product, symbol, ours, theirs)


A, B = "1112194858800812032", "1112194858805006336"
OURS: dict[str, Request] = {
    "Spot limit buy": S.place([new("0.0002", "25000")]),
    "Swap cross limit buy": F.place([new("0.001", "25000", product=SWAP)]),
    "Spot market buy": S.place([new("11.34", is_quote_size=True)]),
    "Spot limit buy with post only": S.place([new("0.0002", "25000", post_only=True)]),
    "Spot market buy with trigger price": S.place_plan(PlanOrder(new("7.5", is_quote_size=True), "26000")),
    "Spot create market buy order using the cost param": S.place([new("8", is_quote_size=True)]),
    "Swap oneWayMode market sell order with reduceOnly": F_ISOLATED.place(
        [new("0.001", product=SWAP, is_buy=False, reduce_only=True)]
    ),
    "swap market buy +hedged": F_HEDGED.place([new("0.001", product=SWAP)]),
    "swap market buy +hedged +reduceOnly": F_HEDGED.place([new("0.001", product=SWAP, reduce_only=True)]),
    "uta spot createOrder": U.place([new("0.001", "50000")]),
    "Spot create multiple limit orders at once": S.place([new("0.0002", "25000"), new("0.0002", "27000")]),
    "uta swap create multiple orders": U_HEDGED.place(
        [new("0.001", "100000", product=SWAP), new("0.001", "101000", product=SWAP)]
    ),
    "edit spot order with clientOrderId": S.amend([Edit(named("LTCUSDT", "bitget1"), "85", "0.11")]),
    "Spot edit a market trigger order without a price, the execute price must not be sent": S.change_plan(
        named(theirs="1113281809859813380"), PlanOrder(new("0.0002", is_buy=False), "28000")
    ),
    "uta spot editOrder": U.amend([Edit(named(theirs="1320239033384062976"), "51000", "0.0011")]),
    "Spot fetch private trades": question(at.SPOT_FILLS, symbol="BTCUSDT", limit="3"),
    "uta swap fetchMyTrades": question(at.FILLS),
    "fetching order with clientOrderId": S.order(named("LTCUSDT", "myid1")),
    "Fetch swap order": F.order(named(theirs="1112202424673271809", product=SWAP)),
    "Spot open orders": S.open_orders("BTCUSDT"),
    "Swap open orders": F.open_orders("BTCUSDT"),
    "uta spot fetchOpenOrders": U.open_orders("BTCUSDT"),
    "spot closed orders without symbol": S.done_orders(),
    "uta swap fetchClosedOrders": U_SWAP.done_orders(),
    "spot canceled orders with symbol": S.done_orders("LTCUSDT"),
    "Fetch spot balance": S.balances(),
    "Fetch the uta balance": U.balances(),
    "Fetch a linear position": F.positions("BTCUSDT"),
    "Spot cancel order": S.cancel([named(theirs="1112183589322526722")]),
    "Swap cancel order": F.cancel([named(theirs="1112196299005526018", product=SWAP)]),
    "uta spot cancelOrder": U.cancel([named(theirs="1320254907742572544")]),
    "cancel linear swap order by clientOrderId": F.cancel([named(ours="abc321", product=SWAP)]),
    "Spot cancel multiple orders at once": S.cancel([named(theirs=A), named(theirs=B)]),
    "uta cancel orders": U_SWAP.cancel([named(theirs="1329948909442023424"), named(theirs="1329948909442023425")]),
    "Spot cancel all plan orders": S.cancel_symbol("BTCUSDT"),
    "uta spot cancelAllOrders": U.cancel_symbol("BTCUSDT"),
    "spot ohlcv should retrieve 1000 candles": question(
        at.SPOT_CANDLES, symbol="BTCUSDT", granularity="1h", limit="1000"
    ),
    "swap ohlcv should retrieve 1000 candles": question(
        at.FUTURES_CANDLES, symbol="BTCUSDT", granularity="1H", limit="1000", productType="USDT-FUTURES"
    ),
    "+1d +since": question(
        at.SPOT_CANDLES_OLD, symbol="BTCUSDT", granularity="1Dutc", startTime="1420000000000",
        endTime="1428640000000", limit="100",
    ),
    "uta spot fetchOHLCV": question(at.UNIFIED_CANDLES, symbol="BTCUSDT", interval="1m", limit="1", category="SPOT"),
    "spot orderbook (limit 5)": question(at.SPOT_BOOK, symbol="BTCUSDT", limit="5"),
    "uta orderbookl": question(at.UNIFIED_BOOK, symbol="BTCUSDT", category="SPOT"),
    "fetch spot trades": question(at.SPOT_TRADES_OLD, symbol="BTCUSDT", limit="5"),
    "fetch trading fee spot": question(at.TRADE_RATE, symbol="BTCUSDT", businessType="spot"),
    "fetch USDT ledger": question(at.SPOT_BILLS, coin="USDT"),
    "fetchTime": question(at.TIME),
    "spot ticker": question(at.SPOT_TICKERS, symbol="BTCUSDT"),
    "swap uta ticker": question(at.UNIFIED_TICKERS, symbol="BTCUSDT", category="USDT-FUTURES"),
    "spot tickers": question(at.SPOT_TICKERS),
}  # fmt: skip

NOT_OURS = {
    "Set linear leverage": "leverage is verified, never set",
    "Set linear position mode to dual side": "the hold mode is verified, never set",
    "Swap close linear position": "positions are closed by orders that pass the gate, not by the venue's market close",
    "limit tk order type 2": "a take-profit of the whole position: ours are stops of a size",
    "uta one way mode market order with a stopLoss attached": "stops are orders of their own, so that they follow fills",
    "swap limit order with attached takeProfit and stopLoss limit execute prices": "as above",
}
CASES = recorded("ccxt-request-cases.json")["cases"]


def test_every_case_is_ours_or_says_why_not() -> None:
    assert {case["description"] for case in CASES} == set(OURS) | set(NOT_OURS)


def plain(value: object) -> object:
    """As the venue reads it: case of words does not matter, and numbers may be text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value).lower()


def beyond(ours: object, theirs: object) -> set[str]:
    """Names of fields that we send and the case does not; values of the others must be equal."""
    if isinstance(theirs, list):
        assert isinstance(ours, list) and len(ours) == len(theirs)
        return set().union(*map(beyond, ours, theirs))
    assert isinstance(ours, dict) and isinstance(theirs, dict)
    more = {name for name in ours if name not in theirs}
    for name, value in theirs.items():
        if isinstance(value, list):
            more |= beyond(ours[name], value)
        else:
            assert ours[name] == value, name
    return more


# Sent by us in all orders, by ccxt only when it differs from the venue's default.
OUR_OWN = {"clientoid", "requesttime", "receivewindow", "stpmode", "batchmode", "reduceonly", "marginmode", "margincoin",
           "category", "symbol", "autocancel", "limit"}  # fmt: skip
# ccxt sends a price of a market plan, its force for market orders, and the type of an edit.
THEIRS_ALONE = {"executeprice", "ordertype"}


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["description"] in OURS], ids=lambda c: c["description"]
)
def test_a_request_is_built_as_ccxt_builds_it(case: dict) -> None:
    ours = OURS[case["description"]]
    url = urlsplit(case["url"])
    assert ours.endpoint.path == url.path
    assert ours.endpoint.method == ("POST" if case["body"] else "GET")
    theirs = dict(parse_qsl(url.query))
    mine = dict(parse_qsl(urlsplit(ours.target).query))
    assert theirs.items() <= mine.items()
    assert {name.lower() for name in mine.keys() - theirs.keys()} <= OUR_OWN
    assert list(mine) == sorted(mine)
    assert ours.target == ours.endpoint.path + (f"?{ours.query}" if ours.query else "")
    if not case["body"]:
        assert ours.body(0) == b""
        return
    sent, wanted = plain(json.loads(ours.body(0))), plain(case["body"])
    if isinstance(sent, dict) and isinstance(wanted, dict):
        sent = {key.lower(): value for key, value in sent.items()}
        wanted = {key.lower(): value for key, value in wanted.items()}
        wanted = {key: value for key, value in wanted.items() if key not in THEIRS_ALONE or key in sent}
    assert {name.lower() for name in beyond(sent, wanted)} <= OUR_OWN


# --- traps -----------------------------------------------------------------------------------------------------------


def content(request: Request, now_ms: int = 1_763_683_200_000) -> object:
    return json.loads(request.body(now_ms))


@pytest.mark.parametrize(
    ("dialect", "table"),
    [(S, rules.SPOT), (F, rules.FUTURES), (U, rules.UNIFIED), (U_SWAP, rules.UNIFIED)],
)
@pytest.mark.parametrize("orders", [1, 2])
def test_a_request_goes_where_it_was_counted(dialect, table, orders: int) -> None:
    """A batch of one is a batch: its endpoint has a limit of its own."""
    asked = {
        request_kind(BatchKind.PLACE, orders): dialect.place([new("1", "2")] * orders),
        request_kind(BatchKind.CANCEL, orders): dialect.cancel([named(ours="a")] * orders),
        RequestKind.PLACE_BATCH: dialect.place([new("1", "2")] * orders, batched=True),
        RequestKind.CANCEL_BATCH: dialect.cancel([named(ours="a")] * orders, batched=True),
    }
    if isinstance(dialect, Unified):
        edits = [Edit(named(ours="a"), "1", "2")] * orders
        asked[RequestKind.AMEND_BATCH] = dialect.amend(edits, batched=True)
        asked[request_kind(BatchKind.AMEND, orders)] = dialect.amend(edits)
    for kind, request in asked.items():
        assert request.endpoint.bucket in {cost.bucket for cost in table.costs[kind]}, kind


@pytest.mark.parametrize("dialect", [S, F, U, U_SWAP])
def test_every_order_carries_its_id_its_time_and_its_window(dialect) -> None:
    sent = content(dialect.place([new("1", "2")]))
    assert (sent["clientOid"], sent["requestTime"], sent["receiveWindow"]) == ("oid", "1763683200000", "5000")
    assert sent["stpMode"] == "none"


@pytest.mark.parametrize("dialect", [S, F])
def test_a_classic_batch_carries_its_time_once(dialect) -> None:
    sent = content(dialect.place([new("1", "2"), new("3", "4")]))
    assert sent["requestTime"] == "1763683200000"
    assert [one["clientOid"] for one in sent["orderList"]] == ["oid", "oid"]


def test_a_unified_batch_is_a_bare_list_and_each_entry_carries_its_time() -> None:
    sent = content(U.place([new("1", "2"), new("3", "4")]))
    assert [one["requestTime"] for one in sent] == ["1763683200000"] * 2
    assert [one["category"] for one in sent] == ["SPOT"] * 2


def test_self_trade_prevention_is_said_as_declared() -> None:
    ours = ClassicSpot(Terms(self_trade=SelfTrade.CANCEL_MAKER))
    assert content(ours.place([new("1", "2")]))["stpMode"] == "cancel_maker"


@pytest.mark.parametrize(
    ("is_buy", "reduce_only", "classic", "unified"),
    [
        (True, False, ("buy", "open"), ("buy", "long")),
        (False, True, ("buy", "close"), ("sell", "long")),
        (False, False, ("sell", "open"), ("sell", "short")),
        (True, True, ("sell", "close"), ("buy", "short")),
    ],
)
def test_in_hedge_mode_a_classic_side_is_that_of_the_position(
    is_buy: bool, reduce_only: bool, classic: tuple[str, str], unified: tuple[str, str]
) -> None:
    order = new("1", "2", product=SWAP, is_buy=is_buy, reduce_only=reduce_only)
    sent = content(F_HEDGED.place([order]))
    assert (sent["side"], sent["tradeSide"]) == classic
    assert "reduceOnly" not in sent
    other = content(U_HEDGED.place([order]))
    assert (other["side"], other["posSide"]) == unified


def test_a_market_order_has_no_price() -> None:
    for dialect in (S, F, U):
        assert "price" not in content(dialect.place([new("1")]))


@pytest.mark.parametrize("tif", list(TimeInForce))
def test_time_in_force_is_told(tif: TimeInForce) -> None:
    assert content(S.place([new("1", "2", tif=tif)]))["force"] == tif.value
    assert content(U.place([new("1", "2", tif=tif)]))["timeInForce"] == tif.value


def test_names_of_both_kinds_are_never_mixed_in_a_cancel() -> None:
    mixed = [named(ours="a", theirs="1"), named(ours="b")]
    assert content(S.cancel(mixed))["orderList"] == [{"clientOid": "a"}, {"clientOid": "b"}]
    known = [replace(one, venue_order_id=str(n)) for n, one in enumerate(mixed, 1)]
    assert content(F.cancel(known))["orderIdList"] == [{"orderId": "1"}, {"orderId": "2"}]


def test_the_venues_own_name_is_asked_by_where_we_know_it() -> None:
    assert S.order(named(ours="a", theirs="1")).query == "orderId=1"
    assert U.order(named(ours="a")).query == "clientOid=a"


def test_a_cancel_carries_no_window_for_late_is_better_than_never() -> None:
    assert "receiveWindow" not in content(S.cancel([named(ours="a")]))


def test_a_classic_request_holds_one_symbol() -> None:
    with pytest.raises(InvariantError, match="one symbol"):
        S.place([new("1", "2"), new("1", "2", symbol="ETHUSDT")])


def test_a_sweep_names_a_symbol_or_the_whole_product() -> None:
    assert content(F.cancel_symbol("BTCUSDT")) == {
        "symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT",
    }  # fmt: skip
    assert content(U.cancel_category()) == {"category": "SPOT"}
    assert content(F.cancel_category()) == {"productType": "USDT-FUTURES", "marginCoin": "USDT"}


@pytest.mark.parametrize(
    ("dialect", "is_buy", "side"),
    [(F, False, "buy"), (F, True, "sell"), (F_HEDGED, False, "long"), (F_HEDGED, True, "short")],
)
def test_a_stop_of_a_position_names_the_side_that_is_held(dialect: ClassicFutures, is_buy: bool, side: str) -> None:
    request = dialect.place_plan(PlanOrder(new("1", product=SWAP, is_buy=is_buy, reduce_only=True), "90"))
    sent = content(request)
    assert request.endpoint is at.FUTURES_STOP_PLACE
    assert (sent["holdSide"], sent["planType"], sent["triggerPrice"], sent["triggerType"]) == (
        side, "loss_plan", "90", "mark_price",
    )  # fmt: skip


@pytest.mark.fault("E18")
def test_trigger_orders_have_endpoints_of_their_own() -> None:
    plan = PlanOrder(new("1", "89", product=SWAP), "90", is_on_mark=False)
    assert content(F.place_plan(plan))["triggerType"] == "fill_price"
    assert content(U_SWAP.place_plan(plan))["triggerBy"] == "market"
    assert S.cancel_plan(named(ours="a")).endpoint is at.SPOT_PLAN_CANCEL
    assert content(S.cancel_plans("BTCUSDT")) == {"symbolList": ["BTCUSDT"]}
    assert content(F.cancel_plans("BTCUSDT"))["planType"] == "normal_plan"
    assert content(F.cancel_plan(named(ours="a")))["orderIdList"] == [{"clientOid": "a"}]
    assert content(F.cancel_plan(named(ours="a"), "loss_plan"))["planType"] == "loss_plan"
    assert content(S.cancel_plan(named(ours="a"), TPSL)) == {"symbol": "BTCUSDT", "tpslType": "tpsl", "clientOid": "a"}
    assert U.cancel_plan(named(ours="a")).endpoint is at.PLAN_CANCEL
    assert [[asked.endpoint for asked in d.plans("BTCUSDT")] for d in (S, F, U)] == [
        [at.SPOT_PLANS, at.SPOT_OPEN], [at.FUTURES_PLANS] * 2, [at.PLANS],
    ]  # fmt: skip
    assert {dict(asked.parameters)["planType"] for asked in F.plans()} == {"normal_plan", "profit_loss"}
    assert [S.waiting_plans("BTCUSDT", kind).endpoint for kind in ("", TPSL)] == [at.SPOT_PLANS, at.SPOT_OPEN]
    kinds = ("", "normal_plan", "loss_plan")
    for ask in (F.waiting_plans, F.done_plans):
        listed = [dict(ask("BTCUSDT", kind).parameters)["planType"] for kind in kinds]
        assert listed == ["normal_plan", "normal_plan", "profit_loss"]


def test_a_dead_mans_switch_is_armed_and_disarmed() -> None:
    assert content(U.countdown(10)) == {"countdown": "10"}
    assert content(U.countdown(0)) == {"countdown": "0"}


def test_a_futures_edit_gives_the_new_order_an_id_of_ours() -> None:
    sent = content(F.amend([Edit(named(ours="a", product=SWAP), "10", "1", "a.1")]))
    assert (sent["clientOid"], sent["newClientOid"], sent["newSize"], sent["newPrice"]) == ("a", "a.1", "1", "10")
    assert content(S.amend([Edit(named(ours="a"), "10", "1", "a.1")] * 2))["orderList"][0]["newClientOid"] == "a.1"
    assert len(content(U.amend([Edit(named(ours="a"), "10", "1")] * 2))) == 2


def test_settings_are_asked_for_and_never_sent() -> None:
    assert F.account("BTCUSDT").query == "marginCoin=USDT&productType=USDT-FUTURES&symbol=BTCUSDT"
    assert U.settings().endpoint is at.SETTINGS
    assert U.positions("BTCUSDT").query == "category=USDT-FUTURES&symbol=BTCUSDT".replace("USDT-FUTURES", "SPOT")


def test_a_query_is_signed_raw_and_sent_escaped() -> None:
    asked = question(at.SPOT_BILLS, coin="$AI", limit="\u00e9")
    assert asked.query == "coin=$AI&limit=\u00e9"
    assert asked.target.endswith("?coin=$AI&limit=%C3%A9")
