"""The kill word, and the one lock of the house: whether bytes that create orders may leave, tested where they leave.

`emit` tests the word and hands the bytes over in one block under the lock; `close` takes the same lock, from any
thread. So every write is wholly before or wholly after a close, and once `close` has returned no such write begins.
What a transport still holds back of earlier writes is cut off by watchers, which run inside `close` for that reason.

Never close it from a handler set by `signal.signal`: that may run while its own thread holds the lock. A loop's
`add_signal_handler` may.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final, NamedTuple

from msgspec import Struct

from framework.model.reasons import GATE_CLOSED, STALE
from framework.model.scopes import EVERYTHING, Scope, scopes_at

NOT_ARMED: Final = "not armed yet"
OUTDATED: Final = "cleared_before_close"

Watcher = Callable[[Scope], None]


class Passage(Struct, frozen=True):
    """What a request that creates orders is held to when its bytes leave."""

    venue: str
    account: str
    instrument: str
    """Id: `BTC/USDT@bitget`."""
    strategies: tuple[str, ...]
    epoch: int
    """The word's when the gate cleared it: what was cleared before a close stays behind it, even once it is open."""
    expires_ns: int
    """UTC; from then on it is too old to leave."""
    is_reducing: bool = False
    """All its orders only lower exposure."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The scopes that it stands in, widest first."""
        return scopes_at(self.venue, self.account, self.instrument, *self.strategies)


class Withheld(NamedTuple):
    """Why bytes stayed here. `reason` is one of the words above, `detail` is for people."""

    reason: str
    detail: str


class Closure(NamedTuple):
    """Why a scope is closed."""

    reason: str
    spares_reducing: bool


class KillWord:
    """Closed scopes, and a count of closings. It begins closed for everything; whoever arms opens it.

    `lock` is the only lock of the house. It is held for microseconds; nothing waits for anything while holding it.
    """

    __slots__ = ("_closed", "_closed_at", "_reduced_at", "_watchers", "epoch", "lock")

    def __init__(self) -> None:
        self.lock = Lock()
        self.epoch = 0
        """Counts closings."""
        self._closed: dict[Scope, Closure] = {EVERYTHING: Closure(NOT_ARMED, spares_reducing=False)}
        self._closed_at: dict[Scope, int] = {}
        """The epoch of the last closing that spared nothing."""
        self._reduced_at: dict[Scope, int] = {}
        """The epoch of the last closing of any kind."""
        self._watchers: tuple[Watcher, ...] = ()

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call this inside every close that spares nothing, with its scope; gives what ends the watching.

        It runs in the closing thread, under the lock: it must be quick, not raise, and not touch this word.
        """
        with self.lock:
            self._watchers = (*self._watchers, watcher)
        return lambda: self._unwatch(watcher)

    def _unwatch(self, watcher: Watcher) -> None:
        with self.lock:
            self._watchers = tuple(other for other in self._watchers if other is not watcher)

    def close(self, scope: Scope, reason: str, *, spares_reducing: bool = False) -> int:
        """From any thread: when this returns, nothing that creates orders in the scope begins to leave any more.

        Closing again is allowed: it counts, what was cleared meanwhile stays behind it, and the stricter of both
        closures holds, with its reason.

        Args:
            spares_reducing: what only lowers exposure still passes (state REDUCING, or a flatten).

        Returns:
            The new epoch.
        """
        with self.lock:
            self.epoch += 1
            known = self._closed.get(scope)
            if known is None or (known.spares_reducing and not spares_reducing):
                self._closed[scope] = Closure(reason or "closed", spares_reducing)
            self._reduced_at[scope] = self.epoch
            if not spares_reducing:
                self._closed_at[scope] = self.epoch
                for watcher in self._watchers:
                    watcher(scope)
            return self.epoch

    def open(self, scope: Scope) -> None:
        """Lift the closure of this very scope; wider and narrower ones stand. What was cleared before stays behind."""
        with self.lock:
            self._closed.pop(scope, None)

    def relax(self, scope: Scope, reason: str) -> None:
        """Let what only lowers exposure pass a closed scope (a flatten, the first step of arming); others stay out."""
        with self.lock:
            self._closed[scope] = Closure(reason or "reducing", spares_reducing=True)

    @property
    def closed(self) -> dict[Scope, Closure]:
        """A copy of what is closed and why, in the order of closing."""
        with self.lock:
            return dict(self._closed)

    def forbids(
        self, venue: str, account: str, instrument: str, strategies: Sequence[str], *, is_reducing: bool = False
    ) -> str:
        """Why nothing may be created there now; empty where it may. A hint: only `emit` decides."""
        passage = Passage(venue, account, instrument, tuple(strategies), self.epoch, 0, is_reducing)
        with self.lock:
            return self._closure_of(passage)

    def emit(
        self, write: Callable[[bytes], None], data: bytes, passage: Passage, clock_ns: Callable[[], int]
    ) -> Withheld | None:
        """Hand bytes to a transport, or say why not; no close can come between the test and the write.

        Args:
            write: takes all the bytes without waiting: a transport's `write`.
            clock_ns: UTC, read under the lock, so that time spent waiting for it counts.
        """
        with self.lock:
            refusal = self._refusal_of(passage, clock_ns)
            if refusal is None:
                write(data)
            return refusal

    def _refusal_of(self, passage: Passage, clock_ns: Callable[[], int]) -> Withheld | None:
        if self._closed:
            why = self._closure_of(passage)
            if why:
                return Withheld(GATE_CLOSED, why)
        if passage.epoch != self.epoch:
            closings = self._closed_at if passage.is_reducing else self._reduced_at
            for scope in passage.scopes:
                if closings.get(scope, 0) > passage.epoch:
                    return Withheld(OUTDATED, f"{scope} was closed after the gate had cleared it")
        late_ns = clock_ns() - passage.expires_ns
        return Withheld(STALE, f"{late_ns // 1_000_000} ms too old to leave") if late_ns >= 0 else None

    def _closure_of(self, passage: Passage) -> str:
        for scope in passage.scopes:
            closure = self._closed.get(scope)
            if closure is not None and not (passage.is_reducing and closure.spares_reducing):
                return f"{scope}: {closure.reason}"
        return ""
