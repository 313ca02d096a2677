"""A restart from a checkpoint has the books of a restart from the whole journal, wherever the checkpoint stands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from framework import checkpoint as checkpoint_module
from framework.checkpoint import EVERY_NS, checkpoint_of
from framework.config.limits import limits_of
from framework.core import Core
from framework.engine.kept import KeptBooks, KeptSession
from framework.kernel.records import Checkpoint, Record, Turn
from framework.model.errors import ConfigError
from framework.model.money import Amount
from framework.model.scopes import read_scope
from framework.recovery import Recovery
from framework.router.budget.kept import KeptBudget
from framework.router.kill.kept import KeptKill
from framework.router.kill.operator import asked_of
from framework.router.kill.states import Cause
from framework.router.risk.kept import KeptLimits
from tests.test_recovery import ACCOUNT, BTC, COIN, USDT, Daemon, Keeper, World, check_equal, lose, trade
from tests.wired import NOON, SECOND

LIMITS = limits_of({
    "max_loss": "90 USDT", "loss_window": "1h", "max_drawdown": "150 USDT", "message_rate": "60/h",
    "max_orders_per_fill": 50, "max_equal_rejects": 3,
})  # fmt: skip
TYPES: dict[str, Any] = {
    "books": KeptBooks,
    "session": KeptSession,
    "limits": KeptLimits,
    "kill": KeptKill,
    "budget/main@bitget": KeptBudget,
}


def recalled(records: list[Record], strategy: str = "a", now_ns: int = NOON) -> tuple[Core, Recovery, list[Record]]:
    """A core that has its books from a journal alone, and what it wrote."""
    world, written = World(), list[Record]()
    world.clock.now_ns = now_ns
    core = Core(
        instruments=(BTC,), balances={"USDT": USDT, "BTC": COIN},
        capital={strategy: [Amount(USDT, "USDT"), Amount(COIN, "BTC")]},
        bot="bench", run_id="000009", seed=1, write=written.append, now_ns=world.now_ns,
    )  # fmt: skip
    core.connect({"bitget": world.venue}, {"bitget": world.rules}, limits=LIMITS)
    core.engine.seat(strategy, Keeper())
    recovery = Recovery(core)
    recovery.recover(records)
    return core, recovery, written


def facts(records: list[Record]) -> dict[str, Any]:
    """Everything that a restart knows; without what only whoever saw the market knows."""
    core, recovery, _ = recalled(records)
    state = checkpoint_of(core, recovery.recall.began_ns, sends_first=False).state
    found = {name: msgspec.msgpack.decode(part, type=TYPES[name]) for name, part in state.items()}
    books: KeptBooks = found["books"]
    ledgers = [
        msgspec.structs.replace(
            ledger, homes={}, positions=[msgspec.structs.replace(each, spread=0) for each in ledger.positions]
        )
        for ledger in books.ledgers
    ]
    orders = [msgspec.structs.replace(order, pending="") for order in books.orders]
    found["books"] = msgspec.structs.replace(books, ledgers=ledgers, orders=orders, expected_points={})
    session: KeptSession = found["session"]
    found["session"] = msgspec.structs.replace(session, runs=sorted(session.runs), ids=sorted(session.ids))
    found["states"] = recovery.recall.states
    pauses = {scope: pause.reason for scope, pause in recovery._held.pauses.items()}
    found["held"] = pauses, {scope: list(at) for scope, at in recovery._held.troubles.items()}
    del found["budget/main@bitget"]  # of now, not of the journal's end: see below
    return found


def lived() -> tuple[Daemon, dict[int, Checkpoint]]:
    """A life with orders of all kinds, losses, pauses and troubles, and a checkpoint of every instant of it."""
    world, found = World(), dict[int, Checkpoint]()
    daemon = Daemon(world, "000001", limits=LIMITS)

    def keep() -> None:
        began_ns = daemon.recovery._began_ns
        found[len(daemon.records)] = checkpoint_of(daemon.core, began_ns, sends_first=False)

    daemon.each = keep
    trade(daemon)
    mine = asked_of("pause", scope=read_scope("strategy:a"), reason="lunch")
    daemon.core.operate(mine)
    keep()
    daemon.core.operate(msgspec.structs.replace(mine, verb="resume"))
    daemon.core.kill.reduce(ACCOUNT, Cause.STREAM_GAP, "gap")
    keep()
    daemon.core.kill.recover(ACCOUNT, Cause.STREAM_GAP)
    lose(daemon, 10_030)
    daemon.core.operate(mine)
    keep()
    lose(daemon, 9_900)
    daemon.buy("95", "0.5")
    daemon.wait(SECOND)
    return daemon, found


def test_a_checkpoint_wherever_it_stands_gives_the_books_of_the_whole_journal() -> None:
    daemon, checkpoints = lived()
    records = [record for record in daemon.records if not isinstance(record, Checkpoint)]
    assert len(records) == len(daemon.records) - 1  # the session's own, at its start
    assert len(checkpoints) > 12
    whole = facts(records)
    assert whole["books"].orders and whole["books"].trades and whole["limits"].scopes[0].losses[0].reached
    for place, checkpoint in checkpoints.items():
        rest = daemon.records[place:]
        assert facts([checkpoint, *rest]) == whole, place
        nearer = rest[: len(rest) // 2]
        assert facts([checkpoint, *nearer]) == facts([*records[: place - 1], *nearer]), place


def test_what_weighs_at_the_venue_weighs_the_same_after_a_checkpoint_wherever_it_stands() -> None:
    daemon, checkpoints = lived()
    for place, checkpoint in checkpoints.items():
        ends = {place, (place + len(daemon.records)) // 2, len(daemon.records)}
        for end in sorted(ends):
            turns = [record.ts_ns for record in daemon.records[:end] if isinstance(record, Turn)]
            now_ns = max(turns[-1], checkpoint.ts_ns)
            last = Turn(now_ns, 0)  # a checkpoint leaves out what is over when it is written
            whole = recalled([*daemon.records[:end], last], now_ns=now_ns)[0].router.lanes["bitget"].budget
            since = recalled([checkpoint, *daemon.records[place:end], last], now_ns=now_ns)
            kept = since[0].router.lanes["bitget"].budget
            assert kept.kept(now_ns) == whole.kept(now_ns), (place, end)


def test_a_daemon_keeps_one_at_its_start_and_every_six_hours_and_restarts_from_the_last() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    trade(daemon)
    daemon.wait(EVERY_NS)
    daemon.wait(EVERY_NS)
    places = [number for number, record in enumerate(daemon.records) if isinstance(record, Checkpoint)]
    assert len(places) == 3
    world.crash()
    again = Daemon(world, "000002", daemon.records[places[-1] :])
    again.wait(30 * SECOND)
    assert again.difference == {}
    assert again.kinds == []
    assert again.strategy.state.fills == daemon.strategy.state.fills
    order = again.buy("90")
    again.wait(SECOND)
    world.crash()
    third = Daemon(world, "000003", again.records[max(
        number for number, record in enumerate(again.records) if isinstance(record, Checkpoint)
    ) :])  # fmt: skip
    third.wait(30 * SECOND)
    check_equal(third)
    assert third.core.engine.desk.order(order.client_order_id) is not None


def test_a_strategy_that_holds_something_and_is_gone_from_the_settings_is_refused_in_words() -> None:
    _daemon, checkpoints = lived()
    with pytest.raises(ConfigError, match="expected strategy a, which has traded before, among b"):
        recalled([checkpoints[max(checkpoints)]], strategy="b")


def test_capital_that_was_changed_shows_as_it_does_from_the_whole_journal() -> None:
    daemon, checkpoints = lived()
    place = max(checkpoints)

    def cash(records: list[Record]) -> dict[str, Decimal]:
        core = Core(
            instruments=(BTC,), balances={"USDT": USDT, "BTC": COIN}, capital={"a": [Amount(Decimal(500), "USDT")]},
            bot="bench", run_id="000009", seed=1, write=lambda record: None, now_ns=daemon.core.clock.now_ns,
        )  # fmt: skip
        core.connect({"bitget": daemon.world.venue}, {"bitget": daemon.world.rules})
        core.engine.seat("a", Keeper())
        Recovery(core).recover(records)
        return core.engine.portfolio.ledger("a").cash

    assert cash([checkpoints[place], *daemon.records[place:]]) == cash(daemon.records)


def test_a_checkpoint_that_no_reader_would_take_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_module, "BYTES_MAX", 10)
    daemon = Daemon(World(), "000001")
    assert not [record for record in daemon.records if isinstance(record, Checkpoint)]
