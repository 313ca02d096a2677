"""`run.py explain ORDER|last [--run RUN]`: what became of an order, step by step, and why."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.kernel.records import Record
    from framework.model.instrument import Instrument

COLUMNS_MAX: Final = 120


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What explain takes."""
    parser.add_argument("order", metavar="ORDER", help="a client order id, the end of one, or last")
    parser.add_argument(
        "--run", metavar="RUN", default="last", help="a run's folder or journal (default: last, the one written last)"
    )
    parser.add_argument("--folder", metavar="DIR", default="var", help="where runs are kept (default: var)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Tell the story of an order. 0 told, 1 the journal is damaged, 2 no such run or order."""
    from pathlib import Path

    from framework.kernel.journal.places import find_journal, records_of, run_named
    from framework.kernel.screen import TEXT_WIDTH, columns, say
    from framework.reports.explained import Teller, find_order, story_lines

    journal = find_journal(run_named(args.run, Path(args.folder)))
    order, owners = find_order(args.order, records_of(journal))
    instrument = _instrument(order.instrument, records_of(journal))
    story = Teller(order, owners, instrument).read(records_of(journal))
    if args.json:
        print(json.dumps({"journal": str(journal), **story.facts()}, ensure_ascii=False))
    else:
        say("\n".join(story_lines(story, min(COLUMNS_MAX, columns(sys.stdout) or TEXT_WIDTH))))
    return 0


def _instrument(name: str, records: Iterator[Record]) -> Instrument | None:
    """How its points read: as the venue listed it, or from the tape that the run was on; None where that is gone."""
    from framework.app.journaled_fills import tape_markets
    from framework.data.heard import instrument_of
    from framework.kernel.market_records import MarketListed
    from framework.kernel.records import RunStarted

    first = next(records)
    for record in records:  # a daemon's journal begins anew with each session, and with what was listed then
        if isinstance(record, MarketListed) and f"{record.symbol}@{record.venue}" == name:
            return instrument_of(record)
    return tape_markets(first).get(name) if isinstance(first, RunStarted) else None
