"""Imports that a strategy must not have."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framework.plugins.check.imports import NEVER, WHEN_OFFLOADED

Found = Callable[[str], list[str]]


@pytest.mark.parametrize("module", ["framework.model.events", "framework.engine", "framework.strategy.base"])
def test_nothing_below_the_face_is_imported(found: Found, module: str) -> None:
    texts = found(f"from {module} import X\nimport {module}\n")
    assert texts == [
        f"x.py:{line}: imports {module}, below the face (import names from framework itself)" for line in (1, 2)
    ]


def test_a_name_that_the_face_lacks_comes_with_the_nearest(found: Found) -> None:
    (text,) = found("from framework import Strategy, Smaa\n")
    assert text == "x.py:1: imports Smaa, which framework does not offer (did you mean 'Sma'?)"


@pytest.mark.parametrize("module", [*NEVER, "asyncio.events", "ccxt.async_support", "concurrent.futures"])
def test_forbidden_modules_come_with_their_reason(found: Found, module: str) -> None:
    assert found(f"import {module}\n") == [f"x.py:1: imports {module} ({NEVER[module.partition('.')[0]]})"]
    assert len(found(f"from {module} import x\n")) == 1
    assert len(found(f"def f():\n    import {module}\n")) == 1


@pytest.mark.parametrize("module", WHEN_OFFLOADED)
def test_blocking_modules_need_an_offloaded_function(found: Found, module: str) -> None:
    assert len(found(f"import {module}\n")) == 1
    source = f"import {module}\nclass X:\n    def f(self):\n        self.offload(fetch, then=self.g)\ndef fetch():\n    {module}.get()\n"
    assert found(source) == []


def test_the_standard_library_and_own_modules_are_free(found: Found) -> None:
    assert found("import math, json, numpy\nfrom . import core\nfrom .core import x\nfrom framework import Bar\n") == []


def test_a_star_is_a_fault_and_hides_no_other(found: Found) -> None:
    source = (
        "from framework import *\nfrom time import *\nclass X(Strategy):\n"
        "    def on_trad(self, trade): ...\n    def on_stop(self):\n        sleep(1)\n"
    )
    assert found(source) == [
        "x.py:1: imports * from framework (name what you use)",
        "x.py:2: imports * from time (name what you use)",
        "x.py:4: on_trad is no handler and nobody calls it (rename it to on_trade)",
        "x.py:6: time.sleep() blocks the loop (return, and go on in a later event or in a method with @every)",
    ]


@pytest.mark.parametrize("module", ["this", "numpy_of_somebody", "distutils.nothing"])
def test_nothing_is_imported_to_see_what_a_star_brings(
    found: Found, module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert found(f"from {module} import *\n") == [f"x.py:1: imports * from {module} (name what you use)"]
    assert capsys.readouterr().out == ""
