"""A daemon whose strategy decides by the order book: what it decided once, the journal decides again."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from framework.app.replay.daemon import replay_daemon
from framework.kernel.journal import read_folder
from framework.kernel.records import EventHeard
from tests.app.live.test_bitget import bitget_house, show
from tests.app.live.test_samples import journal_of
from tests.app.live_house import Session

EXAMPLES: Final = Path("config").resolve()
SAMPLES: Final = {path.name: path.read_text() for path in Path("strategies").glob("*.py")}
LEANER: Final = '''
from framework import Strategy


class Leaner(Strategy):
    """Rests one order a tick below the best bid of the book, and moves it with that."""

    instrument: str = "BTC/USDT@bitget"

    def on_start(self) -> None:
        self.books(self.instrument)

    def on_book(self, book) -> None:
        price = book.bids(1)[0][0] - 1
        for order in self.orders(self.instrument):
            if order.price == price:
                return
            self.cancel(order)
        self.buy(self.instrument, "0.0003", price=price)
'''


def rests_at(session: Session, price: int) -> bool:
    orders = session.run.core.engine.desk.open_orders(session.there)
    return [order.price for order in orders if order.strategy == "leaner" and order.is_open] == [price]


async def test_what_was_decided_by_the_book_replays_identically(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = tmp_path / "strategies"
    plugins.mkdir()
    for name, text in (*SAMPLES.items(), ("leaner.py", LEANER)):
        (plugins / name).write_text(text)
    (tmp_path / "config").symlink_to(EXAMPLES)
    monkeypatch.chdir(tmp_path)
    settings = {"strategy": {"leaner": {"use": "leaner", "capital": "300 USDT"}}, "has_hand": False}
    async with bitget_house(tmp_path) as house:
        async with house.session(**settings) as session:
            await session.arm()
            for bid in (60_050, 60_100, 59_950):  # none is what is shown already: every one is heard
                show(house.venue, bid)
                await session.until(partial(rests_at, session, bid - 1))
            summary = await session.ended()
        assert house.open == []
    assert summary.orders >= 3
    assert "depth" in {record.kind for record in read_folder(journal_of(tmp_path)) if isinstance(record, EventHeard)}
    verdict = await asyncio.to_thread(replay_daemon, journal_of(tmp_path))
    assert verdict.is_identical, verdict.lines()
