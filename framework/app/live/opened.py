"""What a session is given: settings, account, strategies, and the parts of this machine that a test puts others for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from framework.app.control.room import no_room
from framework.app.live.gateways import Gateway
from framework.app.live.journal import DaemonJournal
from framework.app.live.run import LiveRun
from framework.app.seated import Seated
from framework.config import Config
from framework.data.live_feed import LiveFeed
from framework.gateway.bitget.stream import MakeConnector
from framework.gateway.dial import TcpDial
from framework.kernel.account_lock import locks_folder
from framework.kernel.clock import Clock, RealClock
from framework.kernel.disk import Disk
from framework.kernel.kill_word import KillWord
from framework.kernel.latch import Latch
from framework.model.rules import VenueRules

STALL_S: Final = 1.0
"""A loop that stands still for longer closes the gate."""


@dataclass(frozen=True)
class Parts:
    """What a live run stands on. A test gives others; nothing of a person's settings or environment does."""

    disk: Disk | None = None
    """Of journal and latch; None: this machine's."""
    clock: Clock = field(default_factory=RealClock)
    dial: TcpDial | None = None
    """How order connections come up; None: TCP."""
    connector: MakeConnector | None = None
    """How aiohttp connects for the private stream; None: TCP."""
    feed: Callable[..., LiveFeed] | None = None
    """Makes the public feed; None: the venue's, in a thread of its own."""
    journal: type[DaemonJournal] = DaemonJournal
    rules: VenueRules | None = None
    """Of a plain venue; None: those that the settings name."""
    locks: Path = field(default_factory=locks_folder)
    """Of account locks: one folder for all daemons of a user."""
    made: Callable[[LiveRun], None] = lambda run: None  # noqa: ARG005
    """Told of the run before it recovers."""
    out: TextIO = field(default_factory=lambda: sys.stderr)
    """For the person who starts it."""
    stall_s: float = STALL_S
    """A loop that stands still for longer closes the gate."""
    room: Callable[[Path], str] = no_room
    """Why the disk of a folder is too full to trade on."""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    """Names the folder of secrets."""


@dataclass(frozen=True)
class Opened:
    """Everything that a session is given."""

    config: Config
    host: str
    """As a URL names it."""
    folder: Path
    """Of the account."""
    runs: Path
    """Of all runs."""
    clock: Clock
    strategies: Sequence[Seated]
    plugins: dict[str, str]
    latch: Latch
    word: KillWord
    gateway: Gateway
    parts: Parts
