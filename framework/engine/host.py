"""The strategy host: calls handlers, takes their outboxes whole, and puts aside a strategy that raises."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from framework.engine.blotter import refuse
from framework.engine.seat import Seat
from framework.kernel.logging import get_logger
from framework.model.intents import Cancel, Intent, Place
from framework.strategy.base import Strategy

PACKAGE: Final = Path(__file__).parents[1]
"""Where our own code lies: a fault is told with the place in the strategy's code that led there."""

log = get_logger()


@dataclass(slots=True)
class Subscription:
    """One handler of one strategy."""

    seat: Seat
    handler: Callable[..., None]


class Host:
    """Calls strategies one after the other, in the order of config.

    Args:
        outbox: where intents of handlers that returned wait for the end of the turn, each with its strategy's name.
        quarantined: told of a strategy put aside, with the reason and the traceback's text.
    """

    def __init__(self, outbox: list[tuple[str, Intent]], quarantined: Callable[[Seat, str, str], None]) -> None:
        self._outbox = outbox
        self._quarantined = quarantined
        self.current: Subscription | None = None
        """The handler that runs now, for the watch on slow handlers."""

    def deliver(self, subscriptions: Sequence[Subscription], event: Any) -> None:
        """Call each handler with an event; an exception puts its strategy aside and leaves the others untouched."""
        for subscription in subscriptions:
            seat = subscription.seat
            if seat.is_quarantined:
                continue
            self.current = subscription
            seat.calls += 1
            try:
                subscription.handler(event)
            except Exception as error:  # noqa: BLE001  # a strategy's code may raise anything
                self._put_aside(seat, error)
            except BaseException:
                seat.outbox.clear()  # a Ctrl-C: half an outbox never leaves
                raise
            if seat.outbox:
                self._take(seat)
        self.current = None

    def call(self, seat: Seat, handler: Callable[..., None], *args: Any) -> None:
        """Call one handler of one strategy. Apart from `deliver`, which is on every event's road: `*args` costs time."""
        if seat.is_quarantined:
            return
        self.current = Subscription(seat, handler)
        seat.calls += 1
        try:
            handler(*args)
        except Exception as error:  # noqa: BLE001  # as above
            self._put_aside(seat, error)
        except BaseException:
            seat.outbox.clear()
            raise
        if seat.outbox:
            self._take(seat)
        self.current = None

    def _take(self, seat: Seat) -> None:
        """A handler returned: what it asked for leaves with this turn, whole."""
        self._outbox.extend([(seat.name, intent) for intent in seat.outbox])
        seat.outbox.clear()

    def drop_waiting(self, seat: Seat, reason: str) -> None:
        """Nothing that a strategy asked for in this turn leaves, but cancels; its handles say why."""
        mine = [intent for name, intent in self._outbox if name == seat.name and not isinstance(intent, Cancel)]
        if mine:
            refuse_all(mine, reason)
            self._outbox[:] = [
                (name, intent) for name, intent in self._outbox if name != seat.name or isinstance(intent, Cancel)
            ]

    def halt(self, seat: Seat, reason: str) -> None:
        """Tell a strategy that nothing it asks for will leave; what it raises at that is of no account any more."""
        try:
            seat.strategy.on_halt(reason)
        except Exception as error:  # noqa: BLE001  # a strategy's code may raise anything
            log.warning("strategy.halt_failed", strategy=seat.name, reason=raised(error, seat.strategy))

    def _put_aside(self, seat: Seat, error: Exception) -> None:
        """Drop what the strategy asked for, mute it, and tell."""
        refuse_all(seat.outbox, "handler_raised")
        seat.outbox.clear()
        seat.is_quarantined = seat.is_muted = True
        self.drop_waiting(seat, "handler_raised")
        self._quarantined(seat, raised(error, seat.strategy), "".join(traceback.format_exception(error)))


def refuse_all(intents: Iterable[Intent], reason: str) -> None:
    """The handles of these intents are refused: they never reach the router."""
    for intent in intents:
        if isinstance(intent, Place):
            refuse(intent.order, reason)


def raised(error: Exception, strategy: Strategy) -> str:
    """An exception in one line, with file and line of the strategy's own statement.

    That is the innermost frame in a file of the strategy's class: what it called, in a library, is not its author's.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = files_of(strategy)
    inner = [frame for frame in frames if frame.filename in own] or [
        frame for frame in frames if not Path(frame.filename).is_relative_to(PACKAGE)
    ]
    where = f" ({Path(inner[-1].filename).name}:{inner[-1].lineno})" if inner else ""
    text = str(error) or "no message"
    return f"{type(error).__name__}: {text}{where}"


def files_of(strategy: Strategy) -> frozenset[str]:
    """The files in which a strategy's class and its bases are written, ours left out."""
    codes = [getattr(value, "__code__", None) for cls in type(strategy).__mro__ for value in vars(cls).values()]
    files = {code.co_filename for code in codes if code is not None}
    return frozenset(file for file in files if not Path(file).is_relative_to(PACKAGE))
