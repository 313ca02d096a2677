"""`run.py drill`: trip the kill switch of a run, measure how fast it closes and sweeps, and say how to arm it again."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from framework.kernel.screen import say

if TYPE_CHECKING:
    from pathlib import Path

POLL_S: Final = 0.05
SWEEP_S: Final = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    from framework.ops.asking import add_flags

    add_flags(parser)
    parser.add_argument("--scope", default="global", help="as for kill (default: global)")


def run(args: argparse.Namespace) -> int:
    """Kill, wait for the sweep, and tell the times. The run stays tripped: arming is a person's."""
    from pathlib import Path

    from framework.ops.asking import code_of, json_of, not_meant, unanswered
    from framework.ops.control_client import NothingRuns, running

    try:
        sockets = running(Path(args.folder), args.run)
        measured = drill(sockets[0], args.scope) if len(sockets) == 1 else not_meant("drill", sockets)
    except NothingRuns as error:
        measured = unanswered(error)
    if args.json:
        print(json_of(measured))
    else:
        say("\n".join(drill_lines(measured)))
    return code_of(measured)


def drill(socket: Path, scope: str) -> dict[str, object]:
    """Trip, and poll until the venue was shown empty."""
    import threading

    from framework.kernel.clock import Stopwatch
    from framework.ops.control_client import ask

    watch, pause = Stopwatch(), threading.Event()
    killed = ask(socket, {"verb": "kill", "scope": scope, "reason": "drill"})
    confirmed_ms = round(watch.elapsed_s * 1000, 3)
    if not killed.get("ok") or "trip" not in killed:
        return killed
    trip: dict[str, object] = {}
    while watch.elapsed_s < SWEEP_S:
        trip = _trip(ask(socket, {"verb": "status"}), str(killed["trip"]))
        if trip.get("emptied_ns"):
            break
        pause.wait(POLL_S)
    return {
        "ok": bool(trip.get("emptied_ns")),
        "text": killed["text"],
        "trip": killed["trip"],
        "closed_in_loop_ms": killed.get("closed_in_loop_ms"),
        "confirmed_ms": confirmed_ms,
        "swept_ms": trip.get("swept_ms"),
        "cancelled": trip.get("cancelled"),
        "left": trip.get("left"),
        "phase": trip.get("phase"),
        "scope": scope,
    }


def _trip(status: dict[str, object], trip_id: str) -> dict[str, object]:
    trips = status.get("trips")
    found = [trip for trip in trips if trip["trip"] == trip_id] if isinstance(trips, list) else []
    return dict(found[-1]) if found else {}


def drill_lines(measured: dict[str, object]) -> list[str]:
    """The figures in lines, and what a person does next."""
    if "confirmed_ms" not in measured:
        return [str(measured["text"])]
    from framework.model.counting import counted

    cancelled = counted(int(str(measured["cancelled"] or 0)), "order")
    scope = "" if measured["scope"] == "global" else f" --scope {measured['scope']}"
    return [
        str(measured["text"]),
        f"gate closed in the loop after {_short(measured['closed_in_loop_ms'])} ms",
        f"confirmed to this command after {_short(measured['confirmed_ms'])} ms",
        f"swept after {_short(measured['swept_ms'])} ms of the run's clock, {cancelled} cancelled",
        "once the second look at the venue is over (run.py status: swept), arm it in two steps:",
        f"  python3 run.py arm{scope} --trip {measured['trip']} --reason 'drill is over'",
    ]


def _short(span_ms: object) -> str:
    """Three digits are enough to look at; `unknown` where nobody measured it."""
    if not isinstance(span_ms, float | int):
        return "unknown"
    return f"{span_ms:.3g}" if span_ms < 1_000 else f"{span_ms:,.0f}"
