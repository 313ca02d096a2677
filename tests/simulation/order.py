"""S1: the order of what is ready to run at one instant, as far as nobody promises it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from framework.kernel.tape_loop import TapeLoop
from tests.simulation.chance import Chance

LATE_MS: Final = (2, 20, 200)
"""A loop that has something else to do wakes at most so late, one of these; what came meanwhile is ready at once."""
AT_ONCE: Final = 1 << 60
"""Behind everything that was asked for before its instant."""


class ShuffledLoop(TapeLoop):
    """A core's loop whose timers of one instant and priority come in any order.

    Timers that were asked for at different moments meet only by accident: on a real clock either would be first. What is
    asked for now still comes in the order of asking, behind them.
    """

    shuffle: Chance

    def at(self, ts_ns: int, priority: int, action: Callable[[], None]) -> None:
        """See `TapeLoop`."""
        sequence = self._sequence
        is_later = ts_ns > self.clock.now_ns
        self._sequence = (int(self.shuffle.random() * (1 << 20)) << 32) + sequence if is_later else AT_ONCE + sequence
        super().at(ts_ns, priority, action)
        self._sequence = sequence + 1


def shuffle_timers(loop: TapeLoop, shuffle: Chance) -> None:
    """Have a core's loop shuffle from now on."""
    loop.__class__ = ShuffledLoop
    assert isinstance(loop, ShuffledLoop)
    loop.shuffle = shuffle
