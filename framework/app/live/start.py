"""A live run as a person starts it: settings held against what live trading needs, the account's lock, and a session.

Until the gateway is a process of its own, only venues on this machine are served: see `framework.gateway.dial`.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from framework.app.control.guarded import LATCH, refuse_if_killed
from framework.app.control.kill_watch import signal_kept
from framework.app.drive import Stop
from framework.app.files import account_folder
from framework.app.live.bitget import BitgetGateway, wanted_of
from framework.app.live.canary import with_caps
from framework.app.live.gateways import Gateway
from framework.app.live.grids import Grids, known_grids
from framework.app.live.opened import Opened, Parts
from framework.app.live.plain import PlainGateway
from framework.app.live.session import LiveSession, MakeView
from framework.app.seated import seat_strategies
from framework.config import Config
from framework.config.readiness import live_faults
from framework.gateway.dial import TcpDial
from framework.gateway.key_files import read_key
from framework.kernel.account_lock import AccountLock, FolderLock
from framework.kernel.clock import Clock, Stopwatch
from framework.kernel.kill_requests import KillRequests
from framework.kernel.kill_word import KillWord
from framework.kernel.latch import Latch
from framework.model.errors import ConfigError
from framework.ops.stray_threads import faults_told
from framework.reports.summary import Summary
from framework.venues.named import rules_named


def trade_live(config: Config, view: MakeView, stop: Stop, parts: Parts | None = None) -> Summary:
    """Trade until somebody stops it.

    Raises:
        ConfigError, PluginError, DataError, VenueError: what is wrong, where, and what to do. What was journaled stays.
    """
    watch = Stopwatch()
    with contextlib.redirect_stdout(sys.stderr), faults_told(), opening(config, parts or Parts()) as opened:
        try:
            return asyncio.run(LiveSession(opened, view, stop, watch).run())
        except KeyboardInterrupt as ended:
            ended.add_note(stop.hard_end("stopped hard by Ctrl-C"))
            raise


@contextlib.contextmanager
def opening(config: Config, parts: Parts) -> Iterator[Opened]:
    """Everything that a session needs, for the length of a block: this process holds the account.

    Raises:
        ConfigError, PluginError: as `trade_live`.
    """
    config, host, port = live_settings(config)
    runs, clock, word = Path(config.journal.folder), parts.clock, KillWord()
    refuse_if_killed(runs)
    strategies, plugins = seat_strategies(config)
    folder = account_folder(config)
    gateway = gateway_of(config, host, port, word, clock, parts, known_grids(folder, parts.disk))
    latch = Latch(folder / LATCH, parts.disk)
    with (
        AccountLock(parts.locks, gateway.fingerprint, f"account {config.live.account}@{config.live.venue}", folder),
        FolderLock(folder),
        signal_kept(KillRequests(folder, parts.disk)),
        contextlib.closing(latch),
    ):
        name = TcpDial(host, port).name
        yield Opened(config, name, folder, runs, clock, strategies, plugins, latch, word, gateway, parts)


def live_settings(config: Config) -> tuple[Config, str, int]:
    """The settings with the caps of their stage, and where the venue is.

    Raises:
        ConfigError: with a line for each thing that live trading needs and does not find.
    """
    live = config.live
    if not live.venue:
        raise ConfigError(f"{config.file}: [live] venue: missing; live trading needs the table, see docs/live.md")
    if not config.seats():
        raise ConfigError(f"{config.file}: expected at least one enabled [strategy.NAME] table, found none")
    faults = live_faults(config)
    if faults:
        raise ConfigError("\n".join(f"{config.file}: {line}" for line in faults))
    host, _, number = live.host.rpartition(":")
    host = host.strip("[]")
    if not number.isascii() or not number.isdecimal() or not 0 < int(number) < 65_536:
        raise ConfigError(
            f"{config.file}: [live] host: expected host and port such as 127.0.0.1:8080, found {live.host}"
        )
    try:
        TcpDial(host, int(number))  # refuses every other machine, and says why
    except ConfigError as error:
        raise ConfigError(f"{config.file}: [live] {error}") from error
    return with_caps(config), host, int(number)


def gateway_of(
    config: Config, host: str, port: int, word: KillWord, clock: Clock, parts: Parts, grids: Grids
) -> Gateway:
    """The gateway of the venue.

    Raises:
        ConfigError: there is no key, or others could read it.
    """
    live = config.live
    if live.venue == "plain":
        rules = parts.rules or rules_named(live.rules)
        return PlainGateway(host, port, live.account, rules, live.markets, word, clock, parts.dial)
    key = read_key(live.key_name or live.venue, parts.environment)
    return BitgetGateway(
        host,
        port,
        key,
        wanted_of(live, grids),
        word,
        clock,
        parts.dial,
        parts.connector,
        is_demo=live.demo,
        dead_man_s=live.dead_man_s,
    )
