"""What a live session began with, as its journal tells: what each strategy held, and the state that it had saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from framework.app.live.capital_before import summed
from framework.app.seated import Seated
from framework.core import Core
from framework.engine.recall import Recall
from framework.kernel.records import AccountResumed, Record
from framework.model.instrument import Instrument
from framework.model.money import Amount


class Begun(Struct, frozen=True):
    """What strategies had at an instant."""

    owned: Mapping[str, Mapping[str, Decimal]]
    """Strategy -> asset -> owned."""
    states: Mapping[str, bytes]
    """Strategy -> its `State`, as it was saved last."""

    @property
    def balances(self) -> dict[str, Decimal]:
        """Asset -> what all strategies own."""
        return summed(Amount(value, asset) for owned in self.owned.values() for asset, value in owned.items())

    def resumed(self, ts_ns: int) -> AccountResumed:
        """The same as an account that a run on paper goes on with."""
        return AccountResumed(ts_ns, self.balances, {name: dict(owned) for name, owned in self.owned.items()})


def begun_with(
    instruments: Sequence[Instrument], seats: Sequence[Seated], earlier: Sequence[Record], now_ns: int
) -> Begun | None:
    """Make the books of earlier sessions again; None: there was none.

    Args:
        earlier: of the journal, as a restart reads them.

    Raises:
        ConfigError: the settings do not fit the journal.
    """
    if not earlier:
        return None
    core = Core(
        instruments=instruments,
        balances=summed(amount for seated in seats for amount in seated.capital),
        capital={seated.name: seated.capital for seated in seats},
        bot="",
        run_id="",
        seed=0,
        write=lambda _: None,
        now_ns=now_ns,
    )
    books = core.engine.portfolio
    recall = Recall(core.engine.desk, books, core.ids, dict(core.engine.instruments), books.strategies)
    for record in earlier:
        recall.take(record)
    return Begun({name: dict(books.ledger(name).cash) for name in books.strategies}, recall.states)
