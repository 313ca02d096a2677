"""`run.py sandbox`: a venue to try orders on, on this machine alone: the simulated exchange, and faults on request."""

from __future__ import annotations

import argparse
import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from framework.model.errors import ConfigError
from framework.model.money import Amount

if TYPE_CHECKING:
    from framework.app.sandbox import Player
    from framework.sandbox.plain.venue import PlainServer

DIALECTS: Final = ("plain", "bitget")
HOST: Final = "127.0.0.1"
PORT_MAX: Final = 65_535
TAPE: Final = "binance-2024-08-08"
ALONE: Final = {
    "plain": {"rules": "bitget-spot", "symbols": "BTC/USDT,ETH/USDT", "balance": None, "empty": False},
    "bitget": {"feed": None, "keys": None, "rate": "strict", "json": False},
}
"""Dialect -> what it alone takes, and what that is where nobody says it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("dialect", nargs="?", default="plain", choices=DIALECTS, help="what it speaks")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="where it listens (default: any free port)")
    parser.add_argument(
        "--faults", type=Path, metavar="FILE", help="faults to play: docs/order-road.md, of bitget docs/sandbox.md"
    )
    parser.add_argument("--tape", metavar="NAME", help=f"what moves it, again and again (default: {TAPE})")
    plain = parser.add_argument_group("plain")
    plain.add_argument(
        "--rules",
        default=ALONE["plain"]["rules"],
        metavar="NAME",
        help="whose limits, filters and fees it has (default: bitget-spot)",
    )
    plain.add_argument(
        "--symbols",
        default=ALONE["plain"]["symbols"],
        metavar="LIST",
        help="what it trades (default: BTC/USDT,ETH/USDT)",
    )
    plain.add_argument(
        "--balance", action="append", metavar="AMOUNT", help='what the account holds: "10000 USDT"; may be repeated'
    )
    plain.add_argument("--empty", action="store_true", help="no tape, books are empty until /control/quote")
    bitget = parser.add_argument_group(
        "bitget", "its markets, its accounts and its limits are its own (docs/sandbox.md)"
    )
    bitget.add_argument(
        "--feed", nargs="?", const="", metavar="HOST", help="the venue's live public feed moves it, not the tape"
    )
    bitget.add_argument("--keys", type=Path, metavar="FILE", help="fake keys, instead of the ready-made ones")
    bitget.add_argument(
        "--rate", choices=["strict", "lenient"], default="strict", help="reading of the rate limits (default: strict)"
    )
    bitget.add_argument("--json", action="store_true", help="the first line is one JSON object: addresses and keys")


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    if not 0 <= args.port <= PORT_MAX:
        raise ConfigError(f"--port: expected 0 to {PORT_MAX}, found {args.port}")
    _check(args)
    args.tape = args.tape or TAPE
    if args.dialect == "bitget":
        from framework.cli.sandbox_bitget import serve

        return serve(args)
    server, player = _server(args)
    try:
        asyncio.run(_serve(server, args.port, player))
    except OSError as error:
        raise ConfigError(f"--port {args.port}: expected one that is free: {error.strerror}; take another") from error
    return 0


def _check(args: argparse.Namespace) -> None:
    """Refuse what would be passed over in silence."""
    other = next(dialect for dialect in DIALECTS if dialect != args.dialect)
    for name, default in ALONE[other].items():
        if getattr(args, name) != default:
            raise ConfigError(f"--{name}: expected with run.py sandbox {other} alone, found it with {args.dialect}")
    if args.feed is not None and args.tape is not None:
        raise ConfigError("--feed, --tape: expected one of them, found both; choose what moves the market")
    if args.empty and args.tape is not None:
        raise ConfigError("--empty, --tape: expected one of them, found both; a book that is empty is moved by no tape")


def _server(args: argparse.Namespace) -> tuple[PlainServer, Player | None]:
    from framework.app.sandbox import plain_player, traded_at
    from framework.data.catalogue import open_tape
    from framework.kernel.clock import RealClock
    from framework.sandbox.faults import FaultList, fault_file
    from framework.sandbox.loopback import LoopbackVenue
    from framework.sandbox.plain.venue import PlainServer
    from framework.venues.named import rules_named

    rules = rules_named(args.rules)
    held = [Amount.parse(text, "--balance") for text in args.balance or ("10000 USDT", "1 BTC")]
    balances = {amount.asset: amount.value for amount in held}
    tape = None if args.empty else open_tape(args.tape, rules)
    faults = FaultList(fault_file(args.faults) if args.faults else None)
    venue = LoopbackVenue(rules, traded_at(rules, args.symbols, tape), balances, RealClock())
    server = PlainServer(venue, faults)  # it listens to the venue before the tape moves it
    return server, plain_player(venue, tape) if tape else None


async def _serve(server: PlainServer, port: int, player: Player | None) -> None:
    from framework.app.sandbox import STEP_S
    from framework.sandbox.plain.venue import serving

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serving(server, HOST, port) as found:
        print(f"listening on http://{HOST}:{found}", flush=True)
        while not stopped.is_set() and (player is None or player.step()):
            with suppress(TimeoutError):
                async with asyncio.timeout(STEP_S if player else None):
                    await stopped.wait()
