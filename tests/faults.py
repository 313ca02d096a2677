"""The catalogue of faults and the tests that show what is done about them: `python -m tests.faults` writes docs/faults.md.

Tests are found by their markers in the text of the files: nothing is run.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
CATALOGUE: Final = ROOT / "tests" / "faults.toml"
PAGE: Final = ROOT / "docs" / "faults.md"
WAITS: Final = "waits"

HEAD: Final = """# Faults

What may go wrong, what must then be true, and the tests that show it. `make faults` makes this page from the catalogue
(`tests/faults.toml`) and the markers of the tests (`@pytest.mark.fault("P10")`).

**{done}/{all} automated.**
"""


class Catalogue(NamedTuple):
    """Faults by section, and why some wait."""

    sections: Mapping[str, Mapping[str, str]]
    waits: Mapping[str, str]
    """Fault -> why it has no test yet."""

    @property
    def ids(self) -> list[str]:
        """Every fault."""
        return [id_ for faults in self.sections.values() for id_ in faults]


def read_catalogue() -> Catalogue:
    """The catalogue of the tree."""
    tables = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    waits = {id_: reason for reason, ids in tables.pop(WAITS).items() for id_ in ids.split()}
    return Catalogue(tables, waits)


def marked(root: Path = ROOT) -> dict[str, list[str]]:
    """Fault -> the tests that carry its marker, as `tests/x/test_y.py::test_z`."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        name = path.relative_to(root).as_posix()
        for test, id_ in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(id_, []).append(f"{name}::{test}")
    return found


Test = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each test with each fault that it, its class or its whole file is marked with."""
    assigned = {
        node.targets[0].id: _ids(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    of_file = assigned.pop("pytestmark", [])
    for node in tree.body:
        if isinstance(node, Test):
            is_test = node.name.lower().startswith("test")
            yield from ((node.name, id_) for id_ in _of(node) + (of_file if is_test else []))
        if isinstance(node, ast.ClassDef):
            for test in node.body:
                if isinstance(test, Test):
                    yield from ((f"{node.name}::{test.name}", id_) for id_ in _of(test))
    yield from ((name, id_) for name, ids in assigned.items() for id_ in ids)


def _of(test: Test) -> list[str]:
    return [id_ for decorator in test.decorator_list for id_ in _ids(decorator)]


def _ids(node: ast.AST) -> list[str]:
    """The faults named in `pytest.mark.fault(...)` anywhere in it."""
    return [
        str(argument.value)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "fault"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    ]


def page(catalogue: Catalogue, tests: Mapping[str, list[str]]) -> str:
    """docs/faults.md."""
    done = sum(id_ in tests for id_ in catalogue.ids)
    lines = [HEAD.format(done=done, all=len(catalogue.ids))]
    for section, faults in catalogue.sections.items():
        has = sum(id_ in tests for id_ in faults)
        lines += [f"## {section.capitalize()}: {has}/{len(faults)}", "", "| | fault | shown by |", "|---|---|---|"]
        for id_, text in faults.items():
            shown = (
                "<br>".join(f"`{test}`" for test in tests.get(id_, ())) or f"not yet: {catalogue.waits.get(id_, '?')}"
            )
            lines.append(f"| {id_} | {text} | {shown} |")
        lines.append("")
    return "\n".join(lines)


def named_in(text: str) -> list[str]:
    """The tests that a page names."""
    return re.findall(r"`(tests/[^`]+::[^`]+)`", text)


def main() -> int:
    """Write the page. 1: a marker names no fault, or a fault without a test has no reason."""
    catalogue, tests = read_catalogue(), marked()
    unknown = sorted(set(tests) - set(catalogue.ids))
    silent = [id_ for id_ in catalogue.ids if id_ not in tests and id_ not in catalogue.waits]
    for id_ in unknown:
        _tell(f"{id_}: no such fault; marked at {', '.join(tests[id_])}")
    for id_ in silent:
        _tell(f"{id_}: no test is marked with it, and [waits] of {CATALOGUE.name} says no reason")
    if unknown or silent:
        return 1
    PAGE.write_text(page(catalogue, tests), encoding="utf-8")
    _tell(f"{PAGE.relative_to(ROOT)}: {sum(id_ in tests for id_ in catalogue.ids)}/{len(catalogue.ids)} automated")
    return 0


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
