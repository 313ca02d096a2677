"""Questions to venues: paced, one after the other, each with a deadline; the replies go to who asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from msgspec import structs

from framework.kernel.clock import NS_PER_S, Clock
from framework.kernel.logging import get_logger
from framework.kernel.records import QuestionAsked, ReplyTaken
from framework.kernel.tape_loop import SENDER_PRIORITY, VENUE_PRIORITY
from framework.model.questions import TIMED_OUT, Ask, Question, Reply
from framework.ports import Journal, Query, Schedule

SPACING_NS: Final = NS_PER_S // 5
"""Between two questions to a venue: far below what any of them allows for queries (Bitget: 20 a second for each
endpoint; Binance: the dearest weighs 80 of 6,000 a minute without a symbol, and is asked once a round)."""
REPLY_NS: Final = 10 * NS_PER_S
"""A question without a reply for so long failed."""
NO_PORT: Final = "no_query_port"

Take = Callable[[Reply], None]
"""Who asked; called once for each question, with a failure where no reply came."""

log = get_logger()


class Enquiries:
    """Asks, and hears.

    Args:
        ports: venue -> whom to ask there.
        accounts: venue -> the account.
        banned_until_ns: when a venue takes requests again: nothing at all is asked before.
    """

    def __init__(
        self,
        ports: Mapping[str, Query],
        accounts: Mapping[str, str],
        clock: Clock,
        schedule: Schedule,
        journal: Journal,
        banned_until_ns: Callable[[str], int],
    ) -> None:
        self._ports = ports
        self._accounts = accounts
        self._clock = clock
        self._schedule = schedule
        self._journal = journal
        self._banned_until_ns = banned_until_ns
        self._waiting: dict[str, deque[tuple[Question, Take]]] = {}
        """Venue -> what is still to be asked."""
        self._asked: dict[int, Take] = {}
        self._free_ns: dict[str, int] = {}
        """Venue -> when the next question may leave."""
        self._floors_ns: dict[str, int] = {}
        """Venue -> what its clock showed when last asked."""
        self._ahead_ns: dict[str, int] = {}
        """Venue -> the most that its clock can be ahead of ours; negative where it is behind for certain."""
        self.count = 0
        """Questions asked so far."""

    def can_ask(self, venue: str) -> bool:
        """Whether anybody there can be asked."""
        return venue in self._ports

    def is_behind(self, venue: str) -> bool:
        """Whether questions to a venue still wait to be asked: who would ask more of the same waits for them."""
        return bool(self._waiting.get(venue))

    def ahead_ns(self, venue: str) -> int:
        """How far a venue's clock may be ahead of ours, as its replies tell; 0 before the first."""
        return max(0, self._ahead_ns.get(venue, 0))

    def floor_ns(self, venue: str) -> int:
        """What a venue's clock showed at least when last asked; 0 before."""
        return self._floors_ns.get(venue, 0)

    def waits(self, venue: str, number: int) -> bool:
        """Whether a question to a venue still waits to be asked: during a ban, for as long as that lasts."""
        queue = self._waiting.get(venue)
        if not queue:
            return False
        oldest, _ = queue[0]
        return oldest.question_id <= number

    def ask(self, venue: str, ask: Ask, take: Take, *, client_order_id: str = "", since_ns: int = 0) -> int:
        """Ask as soon as it may leave; gives the question's number. `take` is called in a later turn."""
        self.count += 1
        account = self._accounts.get(venue, "main")
        question = Question(self.count, venue, account, ask, client_order_id, since_ns, self._clock.now_ns)
        if venue not in self._ports:
            reply = Reply(question, self._clock.now_ns, NO_PORT)
            self._schedule.at(self._clock.now_ns, VENUE_PRIORITY, partial(take, reply))
            return self.count
        queue = self._waiting.setdefault(venue, deque())
        queue.append((question, take))
        if len(queue) == 1:
            self._wake(venue)
        return self.count

    def replied(self, reply: Reply) -> None:
        """A reply came. One that is late or comes twice is dropped: its question was answered."""
        take = self._asked.pop(reply.question.question_id, None)
        if take is None:
            log.info("reply.dropped", question=reply.question.question_id, ask=reply.question.ask.value)
            return
        self._journal.write(ReplyTaken(reply))
        if not reply.failure and reply.ts_venue_ns:
            self._tell_time(reply)
        take(reply)

    def _tell_time(self, reply: Reply) -> None:
        venue, asked_ns = reply.question.venue, reply.question.asked_ns
        self._floors_ns[venue] = max(self._floors_ns.get(venue, 0), reply.ts_venue_ns)
        ahead_ns = reply.ts_venue_ns - asked_ns
        self._ahead_ns[venue] = max(self._ahead_ns.get(venue, ahead_ns), ahead_ns)

    def _wake(self, venue: str) -> None:
        due_ns = max(self._free_ns.get(venue, 0), self._banned_until_ns(venue), self._clock.now_ns)
        self._schedule.at(due_ns, SENDER_PRIORITY, partial(self._put, venue))

    def _put(self, venue: str) -> None:
        """Ask the next question, and come back for the one behind it."""
        now_ns, queue = self._clock.now_ns, self._waiting[venue]
        if self._banned_until_ns(venue) > now_ns:
            self._wake(venue)
            return
        question, take = queue.popleft()
        question = structs.replace(question, asked_ns=now_ns, floor_ns=self._floors_ns.get(venue, 0))
        self._free_ns[venue] = now_ns + SPACING_NS
        self._asked[question.question_id] = take
        self._journal.write(QuestionAsked(question))
        self._schedule.at(now_ns + REPLY_NS, VENUE_PRIORITY, partial(self._give_up, question))
        self._ports[venue].ask(question)
        if queue:
            self._wake(venue)

    def _give_up(self, question: Question) -> None:
        if question.question_id in self._asked:
            self.replied(Reply(question, self._clock.now_ns, TIMED_OUT))
