"""The catalogue of faults: 125 of them, each with its tests or with the reason why there is none yet."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.faults import PAGE, Catalogue, marked, named_in, page, read_catalogue


def test_the_catalogue_has_all_faults() -> None:
    counts = {name: len(faults) for name, faults in read_catalogue().sections.items()}
    assert counts == {"network": 26, "venue": 35, "process": 32, "operator": 12, "attacker": 18, "simulator": 2}
    assert len(set(read_catalogue().ids)) == 125


def test_every_marker_names_a_fault() -> None:
    known = set(read_catalogue().ids)
    assert {id_: tests for id_, tests in marked().items() if id_ not in known} == {}


def test_every_fault_has_a_test_or_a_reason() -> None:
    catalogue, tests = read_catalogue(), marked()
    assert [id_ for id_ in catalogue.ids if id_ not in tests and id_ not in catalogue.waits] == []
    assert set(catalogue.waits) <= set(catalogue.ids)


def test_the_faults_of_the_journal_have_tests() -> None:
    assert {"P9", "P10", "P11", "P12", "P13", "P30", "P31"} <= set(marked())


def test_the_page_names_only_tests_that_exist() -> None:
    """Made anew by `make faults`; what it claims must be there."""
    there = {f"{path}::{name}" for path in Path("tests").rglob("test_*.py") for name in _names(path)}
    named = named_in(PAGE.read_text(encoding="utf-8"))
    assert [test for test in named if test not in there] == []
    assert [
        test for test in named if not test.split("::")[1].lower().startswith("test")
    ] == []  # nothing runs it by itself


def _names(path: Path) -> list[str]:
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    names = [node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    names += [
        f"{node.name}::{test.name}"
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for test in node.body
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return names + [node.targets[0].id for node in nodes if isinstance(node, ast.Assign)
                    and isinstance(node.targets[0], ast.Name)]  # fmt: skip


MARKED = """
import pytest

pytestmark = pytest.mark.fault("A1")

def test_plain(): ...

@pytest.mark.fault("P1", "P2")
async def test_two(): ...

class TestMany:
    @pytest.mark.fault("P1")
    def test_in_a_class(self): ...

TestMachine = pytest.mark.fault("O9")(Machine.TestCase)
"""


def test_markers_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(MARKED, encoding="utf-8")
    where = "tests/test_x.py"
    assert marked(tmp_path) == {
        "A1": [f"{where}::test_plain", f"{where}::test_two", f"{where}::TestMany"],
        "P1": [f"{where}::test_two", f"{where}::TestMany::test_in_a_class"],
        "P2": [f"{where}::test_two"],
        "O9": [f"{where}::TestMachine"],
    }


def test_the_page_counts_and_says_why() -> None:
    catalogue = Catalogue({"network": {"N1": "one", "N2": "two"}}, {"N2": "later"})
    text = page(catalogue, {"N1": ["tests/a.py::test_b"]})
    assert "**1/2 automated.**" in text
    assert "| N1 | one | `tests/a.py::test_b` |" in text
    assert "| N2 | two | not yet: later |" in text
