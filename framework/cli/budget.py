"""`run.py budget`: can this config live within its venue's limits? Exit code 1 when it cannot."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.kernel.screen import say

if TYPE_CHECKING:
    from framework.app.budget import Reckoning


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("--config", metavar="FILE", help="settings (default: config/paper.toml)")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this strategy (may be given again)")
    parser.add_argument(
        "--run",
        metavar="RUN",
        help="the folder or journal of a recorded run or a daemon, or last, instead of declared rates",
    )
    parser.add_argument("--folder", metavar="DIR", default="var", help="where runs are kept (default: var)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Print the reckoning; 0 when everything would leave, 1 when it would not."""
    from pathlib import Path

    from framework.app.budget import reckon_rates, reckon_run
    from framework.config import load_config
    from framework.kernel.journal.places import run_named

    if args.run:
        found = reckon_run(run_named(args.run, Path(args.folder)))
    else:
        config = load_config(Path(args.config) if args.config else None, takes_keys=True)
        found = reckon_rates(config.only(args.only) if args.only else config)
    if args.json:
        print(json.dumps(found.facts()))
    else:
        show(found)
    return 0 if found.can_live else 1


def show(found: Reckoning) -> None:
    """Print the buckets, in the venue's order, and what they mean."""
    from framework.ops.tables import show_table

    say(f"{found.title}, {found.source}, round trip {found.round_trip_ms:g} ms\n")
    columns = ["BUCKET", "PLANNED", "LIMIT", "USABLE", "HEADROOM", "ONE BY ONE", *(["SENT"] if found.peaks else [])]
    rows = [
        (load.bucket, f"{load.planned:.2f}", f"{load.limit}/{load.window_s:g}s", f"{load.usable:.1f}",
         f"{100 * (1 - load.share):.0f} %", f"{load.one_by_one:.2f}",
         *([str(found.peaks[load.bucket])] if found.peaks else []))
        for load in found.forecast.loads
    ]  # fmt: skip
    show_table(columns, rows, columns[1:])
    say("\n".join(["", *forecast_lines(found)]))


def forecast_lines(found: Reckoning) -> Iterator[str]:
    """What it means, in sentences."""
    reckoned = found.forecast
    saved = 1 - reckoned.requests_per_s / reckoned.orders_per_s
    yield (
        f"{reckoned.orders_per_s:.2f} orders, cancels and amends a second in {reckoned.requests_per_s:.2f} requests: "
        f"sharing within a turn saves {100 * saved:.0f} %."
    )
    yield (
        f"{reckoned.first.bucket} is full first: at {reckoned.saturates_per_s:.1f} a second of this mix; when orders "
        f"wait up to {reckoned.cycle_s:.2g} s to share requests, the venue carries {reckoned.sharing_per_s:.1f}."
    )
    yield _verdict(found)
    yield from (f"note: {note}" for note in found.notes)


def _verdict(found: Reckoning) -> str:
    """Qualified where not everything was reckoned: what declares no rates may ask for any number."""
    if found.kept_back:
        return f"It could not: {found.kept_back:,} orders became stale or met a full bucket."
    if not found.can_live:
        return "It cannot live within the limits: ask less often, or for more of a pair in one turn."
    waits = ", and nothing waits" if found.forecast.fits else ", but orders wait for others to share requests with"
    if not found.silent:
        return f"It can live within the limits{waits}."
    return (
        f"What declares rates can live within the limits{waits}. Whether all can is not known: "
        f"{', '.join(found.silent)} declare none; declare them, or reckon with a recorded run (--run)."
    )
