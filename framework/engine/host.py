"""The strategy host: calls handlers, takes their outboxes whole, and puts aside a strategy that raises."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any, Final

from framework.engine.blotter import refuse
from framework.engine.seat import Seat
from framework.kernel.interrupts import is_from_person
from framework.kernel.logging import get_logger
from framework.model.errors import DataError, InvariantError
from framework.model.intents import Cancel, Intent, Place
from framework.model.storable import storable
from framework.strategy.base import Strategy

PACKAGE: Final = Path(__file__).parents[1]
"""Where our own code lies: a fault is told with the place in the strategy's code that led there."""
REASON_CHARACTERS_MAX: Final = 500
"""Of what an exception says of itself."""
TRACE_CHARACTERS_MAX: Final = 8_000

log = get_logger()


class Subscription:
    """One handler of one strategy; joins the topics that it asked for. Made by its host, once."""

    __slots__ = ("_host", "handler", "seat")

    def __init__(self, host: Host, seat: Seat, handler: Callable[..., None]) -> None:
        self._host = host
        self.seat = seat
        self.handler = handler

    def take(self, event: Any) -> None:
        """Call the handler; an exception puts its strategy aside and leaves the others untouched."""
        seat, handler = self.seat, self.handler
        if seat.is_quarantined:
            return
        host = self._host
        host.current = self
        seat.calls += 1
        try:
            handler(event)
        except BaseException as error:  # noqa: BLE001  # a strategy's code may raise anything, SystemExit too
            host.raised(seat, error)
        if seat.outbox:
            host.take(seat)
        host.current = None


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
        self._subscriptions: dict[tuple[str, Callable[..., None]], Subscription] = {}

    def subscription(self, seat: Seat, handler: Callable[..., None]) -> Subscription:
        """What calls a handler with events: always the same, so that nobody hears of an event twice."""
        return self._subscriptions.setdefault((seat.name, handler), Subscription(self, seat, handler))

    def call(self, seat: Seat, handler: Callable[..., None], *args: Any) -> None:
        """Call one handler of one strategy once, with whatever it takes."""
        if seat.is_quarantined:
            return
        self.current = Subscription(self, seat, handler)
        seat.calls += 1
        try:
            handler(*args)
        except BaseException as error:  # noqa: BLE001  # as above
            self.raised(seat, error)
        if seat.outbox:
            self.take(seat)
        self.current = None

    @contextmanager
    def shield(self, seat: Seat) -> Iterator[None]:
        """Work for a strategy outside its handlers, as on its timers: what its wishes raise puts it aside."""
        try:
            yield
        except (InvariantError, DataError):
            raise
        except BaseException as error:  # noqa: BLE001  # as above
            self.raised(seat, error)

    def raised(self, seat: Seat, error: BaseException) -> None:
        """Put a strategy aside, unless a person ends the process: then half an outbox never leaves."""
        self.current = None  # its handler is over: what telling of it takes is not its time
        if is_from_person(error):
            seat.outbox.clear()
            raise error
        self.put_aside(seat, error)

    def take(self, seat: Seat) -> None:
        """A handler returned: what it asked for leaves with this turn, whole."""
        for intent in seat.outbox:
            self._outbox.append((seat.name, intent))
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
        except BaseException as error:  # as above
            if is_from_person(error):
                raise
            log.warning("strategy.halt_failed", strategy=seat.name, reason=raised(error, seat.strategy))

    def put_aside(self, seat: Seat, error: BaseException) -> None:
        """Drop what the strategy asked for, mute it, and tell; once."""
        if seat.is_quarantined:
            return
        refuse_all(seat.outbox, "handler_raised")
        seat.outbox.clear()
        seat.is_quarantined = seat.is_muted = True
        self.drop_waiting(seat, "handler_raised")
        self._quarantined(seat, raised(error, seat.strategy), trace_of(error))


def refuse_all(intents: Iterable[Intent], reason: str) -> None:
    """The handles of these intents are refused: they never reach the router."""
    for intent in intents:
        if isinstance(intent, Place):
            refuse(intent.order, reason)


def raised(error: BaseException, strategy: Strategy) -> str:
    """An exception in one line, with file and line of the strategy's own statement.

    That is the innermost frame in a file of the strategy's class: what it called, in a library, is not its author's.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = files_of(strategy)
    inner = [frame for frame in frames if frame.filename in own] or [
        frame for frame in frames if not Path(frame.filename).is_relative_to(PACKAGE)
    ]
    where = f" ({Path(inner[-1].filename).name}:{inner[-1].lineno})" if inner else ""
    text = shortened(message_of(error) or "no message", REASON_CHARACTERS_MAX)
    return f"{shortened(type(error).__name__, REASON_CHARACTERS_MAX)}: {text}{shortened(where, REASON_CHARACTERS_MAX)}"


def message_of(error: BaseException) -> str:
    """What an exception says of itself, if it can."""
    try:
        return str(error)
    except Exception as another:  # noqa: BLE001  # __str__ is the strategy's code, too
        return f"its text cannot be had ({type(another).__name__})"


def trace_of(error: BaseException) -> str:
    """An exception with its frames, for the log."""
    try:
        text = "".join(traceback.format_exception(error))
    except Exception as another:  # noqa: BLE001  # as above
        return f"its frames cannot be shown ({type(another).__name__})"
    return shortened(text, TRACE_CHARACTERS_MAX)


def shortened(text: str, characters_max: int) -> str:
    """A text as any file can hold it, its middle left out where it is too long."""
    if len(text) > characters_max:
        text = f"{text[: characters_max * 3 // 4]} ... {text[-characters_max // 4 :]}"
    return storable(text)


def files_of(strategy: Strategy) -> frozenset[str]:
    """The files in which a strategy's class and its bases are written, ours left out."""
    values = [value for cls in type(strategy).__mro__ for value in vars(cls).values()]
    files = {value.__code__.co_filename for value in values if isinstance(value, FunctionType)}
    return frozenset(file for file in files if not Path(file).is_relative_to(PACKAGE))
