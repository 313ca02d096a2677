"""The way back: in order, a latency later."""

from __future__ import annotations

from framework.model.batch import BatchKind
from framework.model.latency import Fixed, Uniform
from tests.venues.sim.stage import MS, START, Stage


def test_answers_never_overtake_each_other() -> None:
    stage = Stage(latency=Uniform(0, 500 * MS), seed=3)
    stage.quote(99, 4, 101, 1000)
    for number in range(50):
        stage.send(BatchKind.PLACE, [stage.order(f"o{number}", "buy", 1)])
        stage.wait(7)
    stage.wait(2000)
    assert stage.told() == ["filled 1 at 101 taker"] * 50
    assert [report.client_order_id for report in stage.reports] == [f"o{number}" for number in range(50)]


def test_an_answer_is_dated_when_it_reaches_us() -> None:
    stage = Stage(latency=Fixed(5 * MS))
    stage.send(BatchKind.PLACE, [stage.order("a", "buy", 1, 99)])
    stage.wait(10)
    assert [report.ts_recv_ns for report in stage.reports] == [START + 10 * MS]
