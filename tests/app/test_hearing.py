"""How a session hears a run: strategies that are put aside, and its curves."""

from __future__ import annotations

from framework.app.assembly import END_OF_TAPE, PaperRun
from framework.app.files import RunFiles
from framework.app.hearing import end, listen
from framework.app.paper.run import paper_facts
from framework.model.instants import NS_PER_S
from framework.reports.session import Session
from tests.app.conftest import MakeConfig, Trade


def test_the_last_strategy_put_aside_ends_the_run(config: MakeConfig, trade: Trade) -> None:
    settings = config(only=("grid",))
    table = settings.strategy["grid"].model_copy(update={"params": {"levels": 0}})
    summary = trade(settings.model_copy(update={"strategy": {"grid": table}}))
    assert summary.stopped_by == "no strategy is left"
    assert summary.tape_s < 10
    early, left = summary.faults
    assert early.startswith("grid was put aside before it began: ")
    assert left == "every strategy was put aside: no strategy is left"


def test_a_strategy_put_aside_at_its_start_is_a_fault_and_the_others_go_on(config: MakeConfig, trade: Trade) -> None:
    settings = config(only=("grid", "sma"))
    table = settings.strategy["grid"].model_copy(update={"params": {"levels": 0}})
    summary = trade(settings.model_copy(update={"strategy": {**settings.strategy, "grid": table}}))
    assert summary.stopped_by == END_OF_TAPE
    assert len(summary.faults) == 1
    assert summary.strategies["sma/BTC"].fills > 0


def test_a_session_hears_all_and_samples_once_a_second_until_the_end(config: MakeConfig) -> None:
    settings = config(only=("grid",))
    run = PaperRun.of(settings, lambda _: lambda _record: None)
    session = Session(paper_facts(run, RunFiles(settings)), run.core.engine.portfolio, run.core.engine.quote)
    listen(run, session)
    for ts_ns in run.instants():
        if ts_ns > run.start_ns + 120 * NS_PER_S:
            break
    sampled = [sample.ts_ns for sample in session.samples.items]
    assert sampled == [run.start_ns + second * NS_PER_S for second in range(1, 121)]
    end(run, session)
    assert session.total.orders > 0
    assert session.events == run.core.loop.cursor > 0
    assert session.handled == {"grid": run.core.engine.seats["grid"].calls}
    assert session.samples.items[-1].ts_ns == run.core.clock.now_ns
