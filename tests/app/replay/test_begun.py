"""What a live session began with."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec

from framework.app.replay.begun import Begun, begun_with
from framework.app.replay.session import Beginning
from framework.app.replay.sessions import Sessions
from framework.app.seated import seat_strategies
from framework.data.heard import instrument_of
from framework.engine.kept import KeptBooks
from framework.engine.recall import BOOKS
from framework.kernel.journal.places import find_journal
from framework.kernel.market_records import MarketListed
from framework.kernel.records import Checkpoint

KEPT = find_journal(Path(__file__).parents[2] / "replays" / "faults")


def test_strategies_hold_what_the_sessions_before_left_them() -> None:
    found = []
    for session in Sessions(KEPT):
        earlier, records = session.earlier, list(session.records)
        head = Beginning.of(records[:100])
        assert head is not None
        markets = [instrument_of(record) for record in records if isinstance(record, MarketListed)]
        seats, _ = seat_strategies(head.config)
        begun = begun_with(markets, seats, earlier, head.started.started_ns)
        kept = next(record for record in records if isinstance(record, Checkpoint))
        books = msgspec.msgpack.decode(kept.state[BOOKS], type=KeptBooks)
        if begun is not None:
            assert begun.owned == {ledger.strategy: ledger.cash for ledger in books.ledgers}
        found.append(begun)
    first, *later = found
    assert first is None
    (capital,) = {seat.name: {each.asset: each.value for each in seat.capital} for seat in seats}.values()
    assert any(begun.owned["mm"] != capital for begun in later), "something was filled before"


def test_it_is_an_account_that_a_run_goes_on_with() -> None:
    begun = Begun({"a": {"USDT": Decimal(5)}, "b": {"USDT": Decimal(2), "BTC": Decimal("0.1")}}, {})
    account = begun.resumed(7)
    assert account.saved_ns == 7
    assert account.balances == {"USDT": Decimal(7), "BTC": Decimal("0.1")}
    assert account.capital["b"] == {"USDT": Decimal(2), "BTC": Decimal("0.1")}
