"""Requests that left before a session listened are counted by it all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

from framework.app.live.early_requests import EarlyRequests
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.model.events import OrderReport, ReportKind, Source
from tests.app.crash_child import RULES as QUICK_RULES
from tests.app.live_house import asked_of_socket, live_house
from tests.reports.synthetic import Run
from tests.wired import SECOND, Bench, Scripted, quote, spot

BTC = spot()


def test_what_left_is_counted_and_what_never_did_is_not() -> None:
    """Three were sent: the second never left in truth, the third went as two."""
    made = Bench({"mm": Scripted()}, instruments=(BTC,), capital={"mm": "500 USDT"})
    found = EarlyRequests(made.core)
    made.play(quote(BTC, made.now_ns + 1))
    orders = [made.act("mm", lambda me: me.buy(BTC, 1, price=90)) for _ in range(3)]
    made.wait(SECOND)
    for listener in made.core.listeners:
        listener.went_as(3, 2)
    lost = OrderReport(orders[1].client_order_id, made.now_ns, ReportKind.REJECTED, Source.GATEWAY, request_id=2)
    found.reported(orders[1], lost)
    session = Run(["mm"]).session
    counted = session.total.requests
    found.hand_over(session)
    assert session.total.requests - counted == 3
    assert found not in made.core.listeners


async def test_a_sweep_of_a_start_is_in_the_count_and_the_time_of_status(tmp_path: Path) -> None:
    """A kept kill takes back what the session before left standing, while books are still compared."""
    async with live_house(tmp_path) as house:
        async with house.session(rules=QUICK_RULES, live={"on_stop": "keep"}) as first:
            await first.arm()
            order = await first.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await first.until(lambda: order.is_open)
        KillRequests(tmp_path / "var" / "live" / "plain-main").keep(KillRequest("global", "odd", "ann"))
        async with house.session(rules=QUICK_RULES) as second:
            await second.until(lambda: not house.venue.open_ids(""))
            sweeps = second.run.core.effects.sweeps
            await second.until(lambda: any(sweep.cancelled for sweep in sweeps.values()))
            status = await asyncio.to_thread(asked_of_socket, tmp_path, {"verb": "status"})
            (trip,) = status["trips"]
            assert trip["cancelled"] == 1
            assert trip["swept_ms"] > 0
            assert str(status["requests"]).startswith("1 sent, 1 one by one")
