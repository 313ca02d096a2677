"""A sandbox venue as a person runs it: its market moved by a tape, until somebody stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from framework.app.drive import Stop
from framework.data.catalogue import open_tape
from framework.data.laps import LoopedTape
from framework.data.tape import Tape
from framework.kernel.clock import Clock, RealClock
from framework.model.errors import ConfigError
from framework.model.events import MarketEvent
from framework.sandbox.bitget.keys import key_file
from framework.sandbox.bitget.server import BitgetServer, serving
from framework.sandbox.bitget.venue import BitgetVenue
from framework.sandbox.faults import FaultList, fault_file
from framework.venues.named import rules_named

STEP_S: Final = 0.02
PRIMED_MAX: Final = 5_000
"""So many events are played at once, so that there is a book before the first client comes."""


class Player:
    """Plays a tape into a venue, at the tape's pace, its times moved to now."""

    def __init__(self, tape: Tape, venue: BitgetVenue, clock: Clock) -> None:
        self._events: Iterator[MarketEvent] = iter(tape)
        self._venue = venue
        self._clock = clock
        self._shift_ns = clock.now_ns - tape.start_ns
        self._next: MarketEvent | None = None

    def prime(self) -> None:
        """Play until every market that the tape moves has a book."""
        for _ in range(PRIMED_MAX):
            event = next(self._events, None)
            if event is None:
                return
            self._venue.observe(event)
            self._shift_ns = self._clock.now_ns - event.ts_recv_ns
            if all(market.depth is not None for market in self._venue.markets.values()):
                return

    def step(self) -> bool:
        """Play what is due. False at the tape's end."""
        while True:
            event, self._next = self._next or next(self._events, None), None
            if event is None:
                return False
            if event.ts_recv_ns + self._shift_ns > self._clock.now_ns:
                self._next = event
                return True
            self._venue.observe(event)


def serve_bitget(
    *,
    port: int,
    tape_name: str,
    keys: Path | None,
    faults: Path | None,
    is_strict: bool,
    stop: Stop,
    tell: Callable[[dict[str, Any]], None],
) -> None:
    """Serve until somebody stops it.

    Args:
        port: 0: any free one.
        tell: hears where it listens and with which keys, once it does.

    Raises:
        ConfigError, DataError: what is wrong with tape, keys or faults.
    """
    clock = RealClock()
    tape = LoopedTape(open_tape(tape_name, rules_named("bitget-spot")))
    venue = BitgetVenue(clock, key_file(keys) if keys else None, is_strict=is_strict)
    server = BitgetServer(venue, FaultList(fault_file(faults) if faults else None))
    player = Player(tape, venue, clock)
    player.prime()
    asyncio.run(_serve(server, player, port, stop, tell))


async def _serve(
    server: BitgetServer, player: Player, port: int, stop: Stop, tell: Callable[[dict[str, Any]], None]
) -> None:
    try:
        async with serving(server, port=port) as found:
            tell(welcome(server.venue, found))
            while not stop.reason and player.step():  # noqa: ASYNC110 - a signal can only set a word
                await asyncio.sleep(STEP_S)
    except OSError as error:
        raise ConfigError(f"--port {port}: expected a free port, found {error.strerror or error}") from error


def welcome(venue: BitgetVenue, port: int) -> dict[str, Any]:
    """Where it listens and with which keys, for programs."""
    shown = ("name", "key", "secret", "passphrase", "account", "scopes", "ips", "is_demo")
    return {
        "rest": f"http://127.0.0.1:{port}",
        "ws_public": f"ws://127.0.0.1:{port}/v2/ws/public",
        "ws_private": f"ws://127.0.0.1:{port}/v2/ws/private",
        "ws_public_v3": f"ws://127.0.0.1:{port}/v3/ws/public",
        "ws_private_v3": f"ws://127.0.0.1:{port}/v3/ws/private",
        "keys": [{name: getattr(key, name) for name in shown} for key in venue.keys.values()],
    }
