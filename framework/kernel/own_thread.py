"""The one thread in which state may change; every other one is told so."""

from __future__ import annotations

import threading

from framework.model.errors import PluginError


class OwnThread:
    """Remembers the thread in which it was made."""

    __slots__ = ("_id",)

    def __init__(self) -> None:
        self._id = threading.get_ident()

    def check(self, strategy: str) -> None:
        """Called by each verb of a strategy before it changes anything.

        Raises:
            PluginError: into the thread that called, which is another one.
        """
        if threading.get_ident() != self._id:
            raise PluginError(
                f"strategy {strategy}: a verb was called in the thread {threading.current_thread().name!r} and refused: "
                "verbs are for handlers; hand slow work over with self.offload(fn, ..., then=self.on_result)"
            )
