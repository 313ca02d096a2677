"""What a running daemon answers on its control socket: it asks the drive."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from framework.app.control import facts
from framework.app.control.asked_kill import ANSWER_S, kill_facts
from framework.app.control.disk_watch import stands
from framework.app.control.killing import Killing
from framework.app.drive import Stop
from framework.app.inbox import Inbox
from framework.app.running import Running
from framework.kernel.records import OperatorAsked
from framework.model.scopes import EVERYTHING, Scope, ScopeKind
from framework.reports.happenings import FillHappened, Happening
from framework.reports.session import Session
from framework.router.kill.operator import asked_of

Facts = dict[str, object]

FILLS_KEPT: Final = 500
OVER: Final = "the loop did not answer: it is busy or the run is over; run.log in its folder has more"


class Commands:
    """Answers requests in the threads in which they come.

    Args:
        inbox: of the drive: whatever reads or changes the run is done there, between two instants.
        kill_files: while one of these is there, nothing is armed.
    """

    def __init__(
        self, run: Running, session: Session, stop: Stop, inbox: Inbox, folder: Path, kill_files: Sequence[Path],
        killing: Killing,
    ) -> None:  # fmt: skip
        self._run = run
        self._session = session
        self._stop = stop
        self._inbox = inbox
        self._folder = folder
        self._kill_files = kill_files
        self._fills: deque[FillHappened] = deque(maxlen=FILLS_KEPT)
        session.hear(self._keep)
        self._verbs: dict[str, Callable[[Facts, str], Facts]] = {
            "status": lambda request, who: self._read(lambda: facts.status(run, session)),  # noqa: ARG005
            "orders": lambda request, who: self._read(lambda: facts.orders(run)),  # noqa: ARG005
            "fills": lambda request, who: self._read(lambda: facts.fills(tuple(self._fills))),  # noqa: ARG005
            "positions": lambda request, who: self._read(lambda: facts.positions(session)),  # noqa: ARG005
            "kill": killing.kill,
            "arm": self._arm,
            "pause": self._pause,
            "resume": self._pause,
            "resolve": self._resolve,
            "adopt": self._adopt,
            "stop": self._end,
        }

    def answer(self, request: Facts, who: str) -> Facts:
        """One answer: `ok`, `text`, and facts by verb."""
        verb = str(request.get("verb", ""))
        if verb not in self._verbs:
            return {"ok": False, "text": f"expected one of {', '.join(self._verbs)}, found {verb!r}"}
        told = self._session.facts
        said = {"run": str(self._folder), "display_tz": told.display_tz, "currency": told.currency}
        return {**said, **self._verbs[verb](request, who)}

    def _keep(self, happening: Happening) -> None:
        if isinstance(happening, FillHappened):
            self._fills.append(happening)

    def _read(self, tell: Callable[[], Facts]) -> Facts:
        found = self._inbox.ask(tell, ANSWER_S)
        return {"ok": False, "text": OVER} if found is None else {"ok": True, **found}

    def _arm(self, request: Facts, who: str) -> Facts:
        standing = [str(path) for path in self._kill_files if stands(path)]
        if standing:
            return {"ok": False, "text": f"expected no KILL file, found {', '.join(standing)}: remove it first"}
        unfit = self._run.unfit()
        if unfit:
            return {"ok": False, "text": f"expected a journal that can be written, found {unfit}; make room first"}
        scope = str(request.get("scope", EVERYTHING))
        trip_id = str(request.get("trip", ""))
        return self._operate(asked_of("arm", scope=scope, reason=_reason(request), who=who, trip_id=trip_id))

    def _pause(self, request: Facts, who: str) -> Facts:
        scope = Scope(ScopeKind.STRATEGY, str(request.get("strategy", "")))
        return self._operate(asked_of(str(request["verb"]), scope=scope, reason=_reason(request), who=who))

    def _resolve(self, request: Facts, who: str) -> Facts:
        order, though = str(request.get("order", "")), bool(request.get("though_acknowledged"))
        reason = _reason(request)
        return self._operate(asked_of("resolve", reason=reason, who=who, subject=order, though_acknowledged=though))

    def _adopt(self, request: Facts, who: str) -> Facts:
        return self._operate(
            asked_of("adopt", reason=_reason(request), who=who, subject=str(request.get("close") or ""))
        )

    def _end(self, _request: Facts, who: str) -> Facts:
        self._stop.ask(f"stopped by {who}")
        self._inbox.ask(lambda: None, 0.0)
        return {"ok": True, "text": "stopping: orders are taken back, the report is written"}

    def _operate(self, asked: OperatorAsked) -> Facts:
        answer = self._inbox.ask(lambda: self._run.core.operate(asked), ANSWER_S)
        return {"ok": False, "text": OVER} if answer is None else kill_facts(answer)


def _reason(request: Facts) -> str:
    return str(request.get("reason", ""))
