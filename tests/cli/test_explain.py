"""`run.py explain` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.cli import DONE, USAGE, explain, main
from framework.data.heard import listed_of
from framework.kernel.records import RunStarted
from tests.wired import spot


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a finished run is kept."""
    made = tmp_path_factory.mktemp("var")
    assert main(["paper", "--speed", "max", "--only", "sma", "--json", "--folder", str(made)]) == DONE
    return made


def test_the_last_order_of_the_newest_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "last", "--folder", str(folder)]) == DONE
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert " wants target " in out
    assert " fill " in out
    assert " USDT" in out


def test_a_market_that_was_listed_at_the_start_is_told_in_its_own_units() -> None:
    there = spot("ETH/USDT")
    records = [RunStarted(2, "r1", "0", "3.11", "live", "", "", b"", {}, 1), listed_of(spot()), listed_of(there)]
    found = explain._instrument(there.id, iter(records))
    assert found is not None
    assert (found.id, found.size_text(10_000)) == (there.id, there.size_text(10_000))


def test_as_json_and_by_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run,) = folder.glob("*/*/")
    assert main(["explain", "last", "--run", str(run), "--json"]) == DONE
    facts = json.loads(capsys.readouterr().out)
    kinds = [step["kind"] for step in facts["steps"]]
    assert kinds[:4] == ["intent", "order", "checks", "request"]
    order_id = facts["order"]["client_order_id"]
    assert main(["explain", order_id, "--folder", str(folder), "--json"]) == DONE
    assert json.loads(capsys.readouterr().out) == facts


def test_an_unknown_order_is_wrong_usage_and_names_one_that_is_near_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "nosuch", "--folder", str(folder)]) == USAGE
    assert capsys.readouterr().err.endswith("; `last` is the newest\n")
    assert main(["explain", "last", "--folder", str(folder), "--json"]) == DONE
    order_id = json.loads(capsys.readouterr().out)["order"]["client_order_id"]
    assert main(["explain", f"{order_id}x", "--folder", str(folder)]) == USAGE
    assert f"did you mean {order_id}?" in capsys.readouterr().err


def test_no_run_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "last", "--folder", str(tmp_path)]) == USAGE
    assert "no run in" in capsys.readouterr().err
