"""Capital of the session before, as its journal tells: a person may have changed it since.

What strategies have more now is taken from what is unassigned, and what they have less is given back to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec
from msgspec import Struct

from framework.core import Core
from framework.engine.kept import KeptBooks
from framework.engine.recall import BOOKS
from framework.kernel.book_records import BooksAdopted
from framework.kernel.checkpoint_part import part_of
from framework.kernel.records import Checkpoint, QuestionAsked, Record, RunStarted
from framework.model.errors import DataError, GridError
from framework.model.money import MONEY, ZERO, Amount


class EarlierTable(Struct):
    """A `[strategy.NAME]` as the settings in a journal have it, whatever version wrote them."""

    capital: list[str]
    each: list[str] = []

    @property
    def amounts(self) -> list[Amount]:
        """Of all its instances, one after the other."""
        return [Amount.parse(text, "capital") for text in self.capital] * max(len(self.each), 1)


class EarlierSettings(Struct):
    """As far as they are read here."""

    strategy: list[EarlierTable]


def capital_before(records: Iterable[Record]) -> Mapping[str, Decimal] | None:
    """Asset -> what all strategies had together in the last session that got as far as asking the venue; None: there was none.

    Before that its capital was given to it: one that was refused, or died sooner, has left everything as it was.

    Raises:
        DataError: it cannot be read.
    """
    last: RunStarted | Checkpoint | None = None
    begun: RunStarted | None = None
    for record in records:
        match record:
            case RunStarted():
                begun = record
            case QuestionAsked() if begun is not None:
                last, begun = begun, None
            case Checkpoint():
                last = record
            case _:
                pass
    if last is None:
        return None
    try:
        return summed(_amounts(last))
    except (msgspec.MsgspecError, KeyError, GridError) as error:
        raise DataError(f"journal: expected the capital of the session before, found {error}") from error


def _amounts(last: RunStarted | Checkpoint) -> list[Amount]:
    if isinstance(last, RunStarted):
        tables = msgspec.json.decode(last.config, type=EarlierSettings).strategy
        return [amount for table in tables for amount in table.amounts]
    books = part_of(last, BOOKS, KeptBooks)
    return [Amount(value, asset) for ledger in books.ledgers for asset, value in ledger.capital.items()]


def summed(amounts: Iterable[Amount]) -> dict[str, Decimal]:
    """Asset -> the sum."""
    found: dict[str, Decimal] = {}
    for amount in amounts:
        found[amount.asset] = MONEY.add(found.get(amount.asset, ZERO), amount.value)
    return found


def recapitalise(core: Core, before: Mapping[str, Decimal], now: Mapping[str, Decimal]) -> None:
    """Move the difference; where not so much is unassigned, the reconcile shows what is missing."""
    portfolio = core.engine.portfolio
    rest = {
        asset: max(MONEY.subtract(portfolio.unassigned.get(asset, ZERO), more), ZERO)
        for asset in dict.fromkeys((*before, *now))
        if (more := MONEY.subtract(now.get(asset, ZERO), before.get(asset, ZERO)))
    }
    if rest:
        portfolio.assign(rest)
        core.journal.write(BooksAdopted(rest))
