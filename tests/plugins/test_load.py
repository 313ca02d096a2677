"""From a name to a strategy class; what goes wrong in a plugin is told with file and line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.kernel.interrupts import ctrl_c_ends
from framework.model.errors import PluginError
from framework.plugins import find_plugins, load_plugin, make
from framework.strategy.base import Strategy

Write = Callable[..., Path]
TWO = """
from framework import Strategy
class _Shared(Strategy):
    fast: int = 1
class One(_Shared):
    pass
class Two(_Shared):
    pass
Alias = Two
"""


def test_a_file_gives_its_strategy_and_leaves_the_path_alone(folder: Path, write: Write) -> None:
    write("small.py")
    before = list(sys.path)
    strategy = load_plugin("small", folder)
    assert issubclass(strategy, Strategy)
    assert (strategy.__name__, strategy(fast=5).fast) == ("Small", 5)  # type: ignore[attr-defined]  # a parameter
    assert sys.path == before


def test_a_folder_may_import_its_own_modules(folder: Path, write: Write) -> None:
    write("pair/__init__.py", "from .core import Pair as Pair\n")
    write(
        "pair/core.py",
        "from framework import Strategy\nfrom .ratio import RATIO\nclass Pair(Strategy):\n    r: int = RATIO\n",
    )
    ratio = write("pair/ratio.py", "RATIO = 1\n")
    assert load_plugin("pair", folder)().r == 1  # type: ignore[attr-defined]  # a parameter
    ratio.write_text("RATIO = 2\n")
    assert load_plugin("pair", folder)().r == 2, "each load is fresh"  # type: ignore[attr-defined]  # as above


def test_the_source_as_it_stands_is_what_runs(folder: Path, write: Write) -> None:
    for number in range(3):  # of one length and within one second: a cache would not notice
        write("small.py", f"from framework import Strategy\nclass Small(Strategy):\n    fast: int = {number}\n")
        assert load_plugin("small", folder)().fast == number  # type: ignore[attr-defined]  # a parameter
    assert not list(folder.rglob("*.pyc"))


def test_an_installed_package_is_loaded_by_its_entry_point(folder: Path, install: Callable[..., Path]) -> None:
    install("zz_loaded_plugin", {"by_class": "zz_loaded_plugin:Installed", "by_module": "zz_loaded_plugin"})
    assert list(find_plugins(folder)) == ["by_class", "by_module"]
    assert load_plugin("by_class", folder) is load_plugin("by_module", folder)


def test_one_of_several_strategies_is_chosen_by_name(folder: Path, write: Write) -> None:
    write("pairs.py", TWO)
    assert load_plugin("pairs:Two", folder).__name__ == "Two"
    with pytest.raises(
        PluginError, match=r'expected one subclass of Strategy, found One, Two; say which, .* "pairs:One"'
    ):
        load_plugin("pairs", folder)
    with pytest.raises(PluginError, match="expected a strategy Three, found One, Two"):
        load_plugin("pairs:Three", folder)


def test_a_module_without_a_strategy_says_so(folder: Path, write: Write) -> None:
    write("empty.py", "from framework import Strategy\n")
    with pytest.raises(PluginError, match=r"strategies/empty\.py: expected one subclass of Strategy, found none"):
        load_plugin("empty", folder)


@pytest.mark.fault("P20")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "x = 1\nimport nowhere_at_all\n",
            "strategies/bad.py:2: ModuleNotFoundError: No module named 'nowhere_at_all'",
        ),
        ("def f():\n    return 1 / 0\n\nf()\n", "strategies/bad.py:2: ZeroDivisionError: division by zero"),
        ("x = 1\ndef f(:\n", "strategies/bad.py:2: SyntaxError: "),
        ("import sys\nsys.exit('bye')\n", "strategies/bad.py:2: SystemExit: bye"),
        ("import json\n\njson.loads('{')\n", "strategies/bad.py:3: JSONDecodeError: "),
        (
            "from framework import Strategy\nclass Bad(Strategy):\n    fast: int\n",
            "strategies/bad.py:2: Bad.fast: a parameter needs a default",
        ),
        ("from framework import Nothing\n", "strategies/bad.py:1: "),
        ("raise ValueError('two\\nlines')\n", "strategies/bad.py:1: ValueError: two lines"),
    ],
)
def test_an_import_that_fails_names_file_and_line_of_the_statement(
    folder: Path, write: Write, text: str, complaint: str
) -> None:
    write("bad.py", text)
    with pytest.raises(PluginError) as caught:
        load_plugin("bad", folder)
    assert str(caught.value).startswith(complaint)
    assert "Traceback" not in str(caught.value)


def test_a_fault_in_a_folders_module_is_told_where_it_is(folder: Path, write: Write) -> None:
    write("pair/__init__.py", "from .core import x\n")
    write("pair/core.py", "y = 1\nx = y.nothing\n")
    with pytest.raises(PluginError, match=r"^strategies/pair/core\.py:2: AttributeError"):
        load_plugin("pair", folder)


@pytest.mark.parametrize("value", ["zz_bad_entry:Missing", "zz_bad_entry:NUMBER", "zz_nowhere:X"])
def test_an_entry_point_that_is_no_strategy_is_a_plugin_error(
    folder: Path, install: Callable[..., Path], value: str
) -> None:
    install("zz_bad_entry", {"odd": value}, "NUMBER = 3\n")
    with pytest.raises(PluginError, match="entry point odd = "):
        load_plugin("odd", folder)


def test_async_handlers_are_refused_with_the_way_out(folder: Path, write: Write) -> None:
    write(
        "late.py",
        "from framework import Strategy\nclass Late(Strategy):\n    async def on_bar(self, bar):\n        pass\n",
    )
    with pytest.raises(PluginError) as caught:
        load_plugin("late", folder)
    assert str(caught.value) == (
        "strategies/late.py:3: Late.on_bar is async; handlers are plain functions: "
        "hand slow work over with self.offload(fn, ..., then=self.on_result)"
    )


def test_ctrl_c_during_an_import_is_no_plugins_fault(folder: Path, write: Write) -> None:
    write("slow.py", "import signal\nsignal.raise_signal(signal.SIGINT)\n")
    with ctrl_c_ends(), pytest.raises(KeyboardInterrupt):
        load_plugin("slow", folder)


@pytest.mark.fault("P20")
def test_an_import_that_raises_keyboard_interrupt_is_the_plugins_fault(folder: Path, write: Write) -> None:
    write("odd.py", "raise KeyboardInterrupt\n")
    with ctrl_c_ends(), pytest.raises(PluginError, match=r"odd\.py:1: KeyboardInterrupt"):
        load_plugin("odd", folder)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_what_an_init_raises_is_told_with_its_line(folder: Path, write: Write, body: str, said: str) -> None:
    write(
        "odd.py",
        f"from framework import Strategy\nclass Odd(Strategy):\n    def __init__(self, **p):\n        {body}\n",
    )
    with pytest.raises(PluginError, match=rf"odd\.py:4: {said}"):
        make("odd", load_plugin("odd", folder), {}, folder)


def test_a_type_that_cannot_be_asked_for_is_no_traceback(folder: Path, write: Write) -> None:
    write("odd.py", "from framework import Strategy\nclass Odd(Strategy):\n    fast: 'Undefined[3]' = 1\n")
    with pytest.raises(PluginError, match=r"odd\.py"):
        make("odd", load_plugin("odd", folder), {"fast": 2}, folder)
