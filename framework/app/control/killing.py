"""How a kill from outside reaches a run: by its loop or, where that is busy, past it, and kept so that a restart knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from framework.app.control.asked_kill import ANSWER_S, AskedKill, Facts, operate_kept
from framework.app.control.unproved import Unproved
from framework.app.inbox import Inbox
from framework.core import Core
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.kernel.logging import get_logger
from framework.model.errors import ConfigError
from framework.model.scopes import EVERYTHING, read_scope
from framework.router.kill.operator import asked_of

UNSEEN_MAX: Final = 10
"""Looks one after the other that found a folder of kept kills unreadable, 200 ms apart: then somebody's kill may lie in it."""

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
        self._unproved = Unproved(requests, lambda: core.kill.latched.fault)
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
        return self._asked(KillRequest(str(scope), reason, who, is_hard, flatten))

    def command(self, verb: str, reason: str, who: str) -> None:
        """What a file, a signal or the watchdog asks for; returns when it was done or the gate is closed."""
        if verb == "kill":
            self._asked(KillRequest(str(EVERYTHING), reason, who))
        else:
            asked = asked_of(verb, reason=reason, who=who)
            self._inbox.ask(lambda: self._core.operate(asked), ANSWER_S, keeps=True)

    def take(self) -> None:
        """From any thread but the loop's: have what was kept applied.

        A folder that cannot be read is looked at again; where it stays so, everything is stopped.
        """
        self._unproved.forget()
        try:
            fresh = self._requests.fresh()
        except OSError as error:
            self._unseen += 1
            folder, why = self._requests.folder, error.strerror or str(error)
            log.warning("kills.unreadable", folder=str(folder), error=why)
            if self._unseen == UNSEEN_MAX:
                reason = f"{folder} cannot be read: {why}; nobody knows whether a kill is kept there"
                self._asked(KillRequest(str(EVERYTHING), reason, "file"))
            return
        self._unseen = 0
        for name, request in fresh:
            self._asked(request, name)

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
            operate_kept(self._core, request)
            self._unproved.add([name])

    def _asked(self, request: KillRequest, name: str = "") -> Facts:
        return AskedKill(self._core, self._inbox, self._requests, self._unproved, request, name).take()
