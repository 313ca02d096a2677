"""Paper trading on a live feed: what differs from a tape. The feed's thread, the pace of real time, the kept account."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from framework.app.assembly import PaperRun
from framework.app.inbox import Inbox
from framework.app.paper.account import PaperAccount
from framework.config import Config
from framework.data.heard import LiveTape
from framework.kernel.clock import RealClock
from framework.kernel.records import AccountResumed
from framework.model.errors import ConfigError
from framework.model.instants import NS_PER_S
from framework.venues.named import rules_named

if TYPE_CHECKING:
    from framework.data.live_feed import LiveFeed

SAVE_NS: Final = NS_PER_S
"""Between two looks at whether the account changed."""
SAVE_PRIORITY: Final = 10
"""After everything else of an instant."""


class NoFeed:
    """A tape's run: nothing to listen to, no account to keep."""

    tape: LiveTape | None = None
    resumed: AccountResumed | None = None

    def keep(self, run: PaperRun) -> None:
        """Nothing to keep."""

    def wake(self, inbox: Inbox) -> None:
        """Nobody to wake."""


class OpenFeed(NoFeed):
    """A live feed that is being listened to, and the account that trades on it."""

    def __init__(self, feed: LiveFeed, account: PaperAccount, tape: LiveTape, resumed: AccountResumed | None) -> None:
        self.tape = tape
        self.resumed = resumed
        self._feed = feed
        self._account = account
        self._run: PaperRun | None = None

    def keep(self, run: PaperRun) -> None:
        """Keep the account of a run from its start on."""
        self._run = run
        loop, clock = run.core.loop, run.core.clock

        def look() -> None:
            self.save()
            if run.is_playing:
                loop.at(clock.now_ns + SAVE_NS, SAVE_PRIORITY, look)

        loop.at(clock.now_ns + SAVE_NS, SAVE_PRIORITY, look)

    def save(self) -> None:
        """Keep the account as it stands. Raises ConfigError."""
        if self._run is not None:
            balances = {asset: free + locked for asset, (free, locked) in self._run.venue.balances().items()}
            self._account.save(self._run.core.clock.now_ns, balances, self._run.owned)

    def wake(self, inbox: Inbox) -> None:
        """Have the drive woken by what comes."""
        self._feed.mailbox.woken = inbox.wake


@contextlib.contextmanager
def feed_of(config: Config, *, is_fresh: bool) -> Iterator[NoFeed]:
    """The feed of the settings, listened to until the end; a tape's run has none.

    Raises:
        ConfigError: markets or account are not what the settings say.
        OccupiedError: another run trades the account.
        FrameworkError: the venue cannot be reached.
    """
    paper = config.paper
    if not paper.feed:
        if is_fresh:
            raise ConfigError(f"{config.file}: --fresh: expected a live feed, found a tape, which begins anew anyway")
        yield NoFeed()
        return
    from framework.data.live_feed import (  # with it comes aiohttp, which a tape's run does not wait for
        LiveFeed,
        hosts_of,
    )

    account = PaperAccount(config)
    with account.held():
        resumed = None if is_fresh else account.resumed()
        hosts = hosts_of(paper.feed, paper.feed_host, f"{config.file}: [paper] feed_host")
        feed = LiveFeed(
            paper.feed, paper.markets, rules_named(paper.rules), hosts, RealClock(), paper.seed, config.file
        )
        try:
            opened = OpenFeed(feed, account, feed.start(), resumed)
            yield opened
            opened.save()
        finally:
            feed.stop()


class LivePace:
    """Waits for an instant in real time, or until something comes."""

    SLICE_S: Final = 0.05

    def __init__(self, feed: LiveTape) -> None:
        self._clock = feed.clock
        self._mailbox = feed.mailbox

    def wait_s(self, ts_ns: int) -> float:
        """Seconds to sleep now; 0.0 when the instant is due, or something came."""
        ahead_ns = ts_ns - self._clock.now_ns
        return 0.0 if ahead_ns <= 0 or self._mailbox.has_some else min(ahead_ns / NS_PER_S, self.SLICE_S)

    def sleep(self, wait_s: float) -> None:
        """A live run sleeps in its inbox, where it can be woken."""
        raise AssertionError(wait_s)


def live_pace(run: PaperRun) -> LivePace | None:
    """The pace of a live feed; None: the run plays a tape."""
    return LivePace(run.tape) if isinstance(run.tape, LiveTape) else None
