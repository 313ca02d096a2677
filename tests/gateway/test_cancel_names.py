"""A cancel request names orders in one way: by our ids, or by the venue's; a venue fails, or misses, what is mixed."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framework.gateway.plain.codec import trade_request
from framework.model.batch import Batch, BatchKind, RequestKind
from framework.model.orders import write
from framework.venues.bitget.asked import Terms
from framework.venues.bitget.dialect import dialect_of, named
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.named import rules_named
from tests.wired import LATENCY, SECOND, Bench, Scripted, quote, spot

BTC = spot(lot_points=10)
DIALECTS: Final = [(account, product) for account in AccountKind for product in (Product.SPOT, Product.USDT_FUTURES)]
OURS, THEIRS = "clientOid", "orderId"


def cancels(known: list[bool], gone: list[bool], rules: str) -> tuple[list[Batch], set[str]]:
    """The requests that the router sends where some of the orders that rest are cancelled, and those orders' ids.

    Args:
        known: for each order, whether we know the venue's id of it.
        gone: for each, whether it is cancelled.
    """
    made = Bench({"a": Scripted()}, instruments=(BTC,), capital={"a": "1000000 USDT"}, rules=rules_named(rules))
    made.play(quote(BTC, made.now_ns + 1))
    orders = made.act("a", lambda it: [it.buy(BTC, "1", price="90") for _ in known])
    made.wait(2 * SECOND + 3 * LATENCY)
    for number, (order, is_known) in enumerate(zip(orders, known, strict=True)):
        assert order.is_open
        write(order, venue_order_id=str(1_000 + number) if is_known else "")
    wanted = [order for order, goes in zip(orders, gone, strict=True) if goes]
    made.act("a", lambda it: [it.cancel(order) for order in wanted])
    made.wait(3 * SECOND)
    batches = [sent.batch for sent in made.port.sent if sent.batch.kind is BatchKind.CANCEL]
    return batches, {order.client_order_id for order in wanted}


def fields_in(content: Any) -> set[str]:
    """The names of orders anywhere in a body."""
    if isinstance(content, dict):
        return {name for name in content if name in (OURS, THEIRS)} | fields_in(list(content.values()))
    return set().union(*map(fields_in, content)) if isinstance(content, list) else set()


def listed(content: Any) -> int:
    """How many names of orders stand in a body."""
    if isinstance(content, dict):
        return sum(name in (OURS, THEIRS) for name in content) + listed(list(content.values()))
    return sum(map(listed, content)) if isinstance(content, list) else 0


@given(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=25),
    st.sampled_from(["bitget-spot", "bitget-unified", "bitget-futures"]),
)
@example([(True, True), (False, True)], "bitget-spot")
def test_no_cancel_mixes_order_ids_with_client_ids(orders: list[tuple[bool, bool]], rules: str) -> None:
    batches, wanted = cancels([known for known, _ in orders], [goes for _, goes in orders], rules)
    assert {order.client_order_id for batch in batches for order in batch.orders} == wanted
    for batch in batches:
        if batch.request is RequestKind.CANCEL_SYMBOL:
            continue  # it names none
        plain = msgspec.json.decode(trade_request(batch, "localhost", lambda *_: ()).partition(b"\r\n\r\n")[2])
        assert plain["ids"] == [order.client_order_id for order in batch.orders]
        for account, product in DIALECTS:
            names = [named(order) for order in batch.orders]
            request = dialect_of(account, product, Terms()).cancel(names)
            content = msgspec.json.decode(request.body(0))
            assert len(fields_in(content)) == 1, content
            assert listed(content) == len(batch.orders), "each is named once"


@pytest.mark.parametrize(("account", "product"), DIALECTS)
def test_the_venues_ids_are_used_where_all_are_known(account: AccountKind, product: Product) -> None:
    (batch,), _ = cancels([True] * 3, [True] * 3, "bitget-spot")
    content = msgspec.json.decode(
        dialect_of(account, product, Terms()).cancel([named(o) for o in batch.orders]).body(0)
    )
    assert fields_in(content) == {THEIRS}
