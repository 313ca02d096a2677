"""One kill on its way: the loop takes it or, where that is busy, the gate is closed past it, and a restart knows."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from framework.app.control.unproved import Unproved
from framework.app.inbox import Inbox
from framework.core import Core
from framework.kernel.clock import Stopwatch
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.model.errors import ConfigError
from framework.model.scopes import EVERYTHING, Scope, read_scope
from framework.router.kill.operator import Answer, asked_of, instances_of

TAKEN_S: Final = 0.05
"""A kill that the loop has not taken after so long closes the gate from here."""
ANSWER_S: Final = 5.0

Facts = dict[str, object]


class AskedKill:
    """Whoever asks waits in `take`, in a thread of its own; `_operate` is called in the loop's.

    Args:
        inbox: of the drive: it is applied there, between two instants.
        unproved: takes its name once it is applied, where it is kept.
        name: of one that is kept already; empty: it is kept where the loop does not take it in time.
    """

    def __init__(
        self, core: Core, inbox: Inbox, requests: KillRequests, unproved: Unproved, request: KillRequest, name: str = ""
    ) -> None:
        self._core = core
        self._inbox = inbox
        self._requests = requests
        self._unproved = unproved
        self._request = request
        self._scope = scope_of(request)
        self._was_kept = bool(name)
        self._kept = [name] if name else []
        self._fault = ""
        """Why it could not be kept."""
        self._is_closed = False
        self._closed_in_loop_s = 0.0

    def take(self) -> Facts:
        """Close the gate, in the loop or, where that is busy, from here; the sweep is the loop's."""
        watch = Stopwatch()
        answer = self._inbox.ask(self._operate, ANSWER_S, late=self._close, late_s=TAKEN_S, keeps=True)
        times: Facts = {"answered_ms": round(watch.elapsed_s * 1000, 3)}
        if answer is None:
            if not self._is_closed:  # the run is ending: nobody serves the inbox any more
                self._close()
            return {"ok": True, "gate": "CONFIRMED", "sweep": "PENDING", "text": self._words_without_loop(), **times}
        self._unproved.add(self._kept)
        return {
            **kill_facts(answer),
            "text": self._proved(answer),
            "gate": "CONFIRMED" if answer.is_done else "UNCHANGED",
            "closed_in_loop_ms": round(self._closed_in_loop_s * 1000, 4),
            **times,
        }

    def _operate(self) -> Answer:
        """In the loop's thread. What is kept while this goes on, whoever waits tells of."""
        took = Stopwatch()

        def closed(_: Scope) -> None:
            self._closed_in_loop_s = self._closed_in_loop_s or took.elapsed_s

        unwatch = self._core.kill.word.watch(closed)
        try:
            answer = operate_kept(self._core, self._request) if self._was_kept else operate(self._core, self._request)
        finally:
            unwatch()
        self._unproved.add(self._kept)
        return answer

    def _close(self) -> None:
        """In the thread that waits: first the gate, then what a restart is to know."""
        for each in instances_of(self._scope, tuple(self._core.engine.seats)) or (self._scope,):
            self._core.kill.word.close(each, self._request.reason)
        self._is_closed = True
        if not self._kept:
            try:
                self._kept.append(self._requests.keep(self._request))
            except OSError as error:
                self._fault = f"; it could not be kept for a restart: {error.strerror or error}"

    def _words_without_loop(self) -> str:
        words = f"the gate is closed for {self._scope}; the loop is busy: the sweep begins when it goes on"
        return words + (self._fault or ", and a restart begins tripped")

    def _proved(self, answer: Answer) -> str:
        """The answer's words, and what a restart would know."""
        fault = self._core.kill.latched.fault if answer.is_done else ""
        kept = "" if self._unproved.is_empty else "; the kill is kept, and a restart begins tripped"
        return f"{answer.text}; {fault}{kept}" if fault else answer.text


def operate(core: Core, request: KillRequest) -> Answer:
    """Have the core apply a kill."""
    scope, reason, who = scope_of(request), request.reason, request.who
    asked = asked_of("kill", scope=scope, reason=reason, who=who, is_hard=request.is_hard, flatten=request.flatten)
    return core.operate(asked)


def operate_kept(core: Core, request: KillRequest) -> Answer:
    """What was kept holds, whatever it names: where that is nothing that there is, everything is tripped."""
    answer = operate(core, request)
    if answer.is_done:
        return answer
    reason = f"{request.reason} (asked for {request.scope}, which is not there)"
    return operate(core, structs.replace(request, scope=str(EVERYTHING), reason=reason))


def scope_of(request: KillRequest) -> Scope:
    """What it names; everything, where that is nothing that there is."""
    try:
        return read_scope(request.scope)
    except ConfigError:
        return EVERYTHING


def kill_facts(answer: Answer) -> Facts:
    """An answer of the core as a client gets it."""
    return {"ok": answer.is_done, "is_usage": answer.is_usage, "text": answer.text, "state": answer.state,
            "trip": answer.trip_id}  # fmt: skip
