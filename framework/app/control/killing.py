"""How a kill from outside reaches a run: by its loop or, where that is busy, past it, and kept so that a restart knows."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import structs

from framework.app.inbox import Inbox
from framework.core import Core
from framework.kernel.clock import Stopwatch
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.kernel.logging import get_logger
from framework.kernel.records import OperatorAsked
from framework.model.errors import ConfigError
from framework.model.scopes import EVERYTHING, Scope, read_scope
from framework.router.kill.operator import Answer, instances_of

TAKEN_S: Final = 0.05
"""A kill that the loop has not taken after so long closes the gate from here."""
ANSWER_S: Final = 5.0
UNSEEN_MAX: Final = 10
"""Looks one after the other that found a folder of kept kills unreadable, 200 ms apart: then somebody's kill may lie in it."""

Facts = dict[str, object]

log = get_logger()


class Killing:
    """Takes kills in whatever thread they come.

    Args:
        inbox: of the drive: a kill is applied there, between two instants.
        requests: of the run's folder.
    """

    def __init__(self, core: Core, inbox: Inbox, requests: KillRequests) -> None:
        self._core = core
        self._inbox = inbox
        self._requests = requests
        self._unproved: set[str] = set()
        """Kept ones that were applied, and whose trip the latch does not hold yet."""
        self._unseen = 0
        """How often what is kept could not be looked for since it could last."""

    def kill(self, request: Mapping[str, object], who: str) -> Facts:
        """One kill as a client asks for it; gives the answer with its times."""
        reason = str(request.get("reason", "")).strip()
        try:
            scope = read_scope(str(request.get("scope", EVERYTHING)))
        except ConfigError as error:
            return {"ok": False, "is_usage": True, "text": str(error)}
        if not reason:
            return {"ok": False, "is_usage": True, "text": "expected a reason, found none: say why with --reason"}
        is_hard, flatten = bool(request.get("hard")), bool(request.get("flatten"))
        return self._kill(scope, KillRequest(str(scope), reason, who, is_hard, flatten))

    def command(self, verb: str, reason: str, who: str) -> None:
        """What a file, a signal or the watchdog asks for; returns when it was done or the gate is closed."""
        if verb == "kill":
            self._kill(EVERYTHING, KillRequest(str(EVERYTHING), reason, who))
        else:
            asked = OperatorAsked(0, 0, verb, str(EVERYTHING), reason, who)
            self._inbox.ask(lambda: self._core.operate(asked), ANSWER_S, keeps=True)

    def take(self) -> None:
        """From any thread but the loop's: have what was kept applied.

        A folder that cannot be read is looked at again; where it stays so, everything is stopped.
        """
        self._forget()
        try:
            fresh = self._requests.fresh()
        except OSError as error:
            self._unseen += 1
            folder, why = self._requests.folder, error.strerror or str(error)
            log.warning("kills.unreadable", folder=str(folder), error=why)
            if self._unseen == UNSEEN_MAX:
                reason = f"{folder} cannot be read: {why}; nobody knows whether a kill is kept there"
                self._kill(EVERYTHING, KillRequest(str(EVERYTHING), reason, "file"))
            return
        self._unseen = 0
        for name, request in fresh:
            self._kill(scope_of(request), request, name)

    def take_now(self) -> None:
        """In the loop's thread, before anything is traded: apply what was kept.

        Raises:
            ConfigError: it cannot be read what is kept.
        """
        try:
            fresh = self._requests.fresh()
        except OSError as error:
            folder = self._requests.folder
            raise ConfigError(f"{folder}: expected a folder of kept kills, found: {error.strerror or error}") from error
        for name, request in fresh:
            self._operate_kept(request)
            self._applied([name])

    def _kill(self, scope: Scope, request: KillRequest, name: str = "") -> Facts:
        """Close the gate, in the loop or, where that is busy, from here; the sweep is the loop's."""
        word, watch, closed_s = self._core.kill.word, Stopwatch(), [0.0]
        kept, faults = [name] if name else [], list[str]()
        is_closed = threading.Event()

        def operate() -> Answer:
            took = Stopwatch()
            unwatch = word.watch(lambda _: closed_s.__setitem__(0, closed_s[0] or took.elapsed_s))
            try:
                answer = self._operate_kept(request) if name else self._core.operate(_asked(request))
            finally:
                unwatch()
            self._applied(kept)
            return answer

        def close() -> None:
            for each in instances_of(scope, tuple(self._core.engine.seats)) or (scope,):
                word.close(each, request.reason)
            is_closed.set()
            if not kept:
                try:
                    kept.append(self._requests.keep(request))
                except OSError as error:
                    faults.append(f"; it could not be kept for a restart: {error.strerror or error}")

        answer = self._inbox.ask(operate, ANSWER_S, late=close, late_s=TAKEN_S, keeps=True)
        times: Facts = {"answered_ms": round(watch.elapsed_s * 1000, 3)}
        if answer is None:
            if not is_closed.is_set():  # the run is ending: nobody serves the inbox any more
                close()
            words = f"the gate is closed for {scope}; the loop is busy: the sweep begins when it goes on"
            after = "".join(faults) or ", and a restart begins tripped"
            return {"ok": True, "gate": "CONFIRMED", "sweep": "PENDING", "text": words + after, **times}
        self._applied(kept)
        gate = "CONFIRMED" if answer.is_done else "UNCHANGED"
        return {
            **kill_facts(answer),
            "text": self._proved(answer),
            "gate": gate,
            "closed_in_loop_ms": round(closed_s[0] * 1000, 4),
            **times,
        }

    def _operate_kept(self, request: KillRequest) -> Answer:
        """What was kept holds, whatever it names: where that is nothing that there is, everything is tripped."""
        answer = self._core.operate(_asked(request))
        if answer.is_done:
            return answer
        reason = f"{request.reason} (asked for {request.scope}, which is not there)"
        return self._core.operate(_asked(structs.replace(request, scope=str(EVERYTHING), reason=reason)))

    def _applied(self, kept: Sequence[str]) -> None:
        self._unproved.update(kept)
        self._forget()

    def _forget(self) -> None:
        """What the latch holds now, also where that came late; what it cannot be given, the next start finds here."""
        if self._core.kill.latched.fault:
            return
        for name in sorted(self._unproved):
            self._requests.forget(name)
            self._unproved.discard(name)

    def _proved(self, answer: Answer) -> str:
        """The answer's words, and what a restart would know."""
        fault = self._core.kill.latched.fault if answer.is_done else ""
        kept = "; the kill is kept, and a restart begins tripped" if self._unproved else ""
        return f"{answer.text}; {fault}{kept}" if fault else answer.text


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


def _asked(request: KillRequest) -> OperatorAsked:
    asked = OperatorAsked(0, 0, "kill", str(scope_of(request)), request.reason, request.who)
    return structs.replace(asked, is_hard=request.is_hard, flatten=request.flatten)
