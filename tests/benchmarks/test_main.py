from __future__ import annotations

import pytest

from benchmarks import __main__ as bench
from benchmarks.measures import COUNT, Measure


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """What the file was given, time after time: name -> of how many processes. `ticks` fails whenever it is measured."""
    given: list[dict[str, int]] = []

    def measured(name: str, folder: str, *, is_quick: bool) -> list[Measure]:
        if name == "ticks":
            raise bench.WorkloadFailed("expected a price")
        return [Measure(name, 1.0, COUNT)]

    monkeypatch.setattr(bench, "measured", measured)
    monkeypatch.setattr(
        bench, "keep", lambda results: given.append({name: found["n"] for name, found in results.items()})
    )
    monkeypatch.setattr(bench.compileall, "compile_dir", lambda folder, quiet: True)
    return given


def test_results_are_kept_after_each_process(kept: list[dict[str, int]]) -> None:
    assert bench.main(["--only", "feed", "--only", "bars", "-n", "2"]) == 0
    assert kept == [{"feed": 1}, {"feed": 1, "bars": 1}, {"feed": 2, "bars": 1}, {"feed": 2, "bars": 2}]


def test_a_workload_that_fails_is_told_and_the_others_go_on(
    kept: list[dict[str, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(["--only", "ticks", "--only", "bars", "-n", "1"]) == 1
    assert kept == [{"bars": 1}]
    told = capsys.readouterr().err
    assert "[1/2] ticks failed\nexpected a price" in told
    assert "[2/2] bars: 0.0 s" in told


def test_a_taste_is_not_kept(kept: list[dict[str, int]]) -> None:
    assert bench.main(["--only", "bars", "--quick"]) == 0
    assert not kept


def test_what_the_simulated_clock_alone_decides_is_run_once() -> None:
    assert bench.planned(["feed", "full_hour"], 3) == ["feed", "full_hour", "feed", "feed"]
