from __future__ import annotations

from pathlib import Path

import pytest

from framework.model.errors import ConfigError
from framework.sandbox.faults import Fault, FaultKind, FaultList, fault_file, read_faults


def test_faults_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('[{"kind": "drop_after", "path": "/orders", "skip": 2}, {"kind": "status", "status": 429}]')
    assert fault_file(path) == [Fault(FaultKind.DROP_AFTER, "/orders", 2), Fault(FaultKind.STATUS, status=429)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "truncated"),
        ("{}", "array"),
        ('[{"kind": "drop"}]', "drop"),
        ('[{"kind": "drop_after", "often": 2}]', "often"),
        ('[{"kind": "drop_after", "times": 0}]', "times"),
        ('[{"kind": "status", "status": 200}]', "status"),
    ],
)
def test_what_is_no_list_of_faults_is_refused_with_its_place(text: str, what: str) -> None:
    with pytest.raises(ConfigError, match=rf"faults: expected a JSON list of faults, found .*{what}"):
        read_faults(text.encode(), "faults")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.json: expected a file of faults"):
        fault_file(tmp_path / "none.json")


def test_a_fault_lets_some_requests_of_its_path_pass_and_then_plays_so_often() -> None:
    faults = FaultList([Fault(FaultKind.GARBAGE, "/orders", skip=1, times=2)])
    taken = [faults.take(path) for path in ("/cancels", "/orders", "/cancels", "/orders", "/orders", "/orders")]
    assert [fault is not None for fault in taken] == [False, False, False, True, True, False]
    assert (faults.played, faults.left) == (2, ())


def test_a_fault_without_a_path_takes_any_request_and_the_rest_can_be_cleared() -> None:
    faults = FaultList([Fault(FaultKind.GARBAGE, times=9)])
    assert faults.take("/cancels") is not None
    faults.clear()
    assert faults.take("/cancels") is None
    faults.add([Fault(FaultKind.PARTIAL)])
    assert faults.take("/amends") == Fault(FaultKind.PARTIAL)
