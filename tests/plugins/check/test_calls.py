"""Calls that block the loop, ask the wall clock, or draw from an unseeded source."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Found = Callable[[str], list[str]]


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("import time", "time.sleep(1)"),
        ("from time import sleep as rest", "rest(1)"),
        ("", "open('x')"),
        ("", "input()"),
        ("", "breakpoint()"),
        ("import urllib.request", "urllib.request.urlopen('x')"),
        ("from urllib import request", "request.urlopen('x')"),
        ("import os", "os.system('ls')"),
        ("from pathlib import Path", "Path('x').read_text()"),
        ("import pandas as pd", "pd.read_csv('x')"),
    ],
)
def test_blocking_calls_are_found_in_handlers(found: Found, imports: str, call: str) -> None:
    source = f"from framework import Strategy\n{imports}\nclass X(Strategy):\n    def on_stop(self):\n        {call}\n"
    (text,) = found(source)
    assert text.startswith("x.py:5: ")
    assert "blocks the loop" in text


def test_requests_are_found_where_they_are_used_outside_offloaded_functions(found: Found) -> None:
    source = """
import requests
from framework import Strategy
def fetch(url):
    return clean(requests.get(url))
def clean(answer):
    open("log")
    return answer
class X(Strategy):
    def on_ready(self, resumed):
        self.offload(fetch, "url", then=self.on_result)
    def on_result(self, answer):
        requests.post("back")
"""
    (text,) = found(source)
    assert text == (
        "x.py:13: requests.post() blocks the loop (hand it over with self.offload(fn, ..., then=self.on_result))"
    )


@pytest.mark.parametrize(
    "given", ["fetch", "self.fetch", "lambda: open('x')", "partial(fetch, 1)", "partial(self.fetch, 1)"]
)
def test_offloaded_functions_methods_lambdas_and_partials_may_block(found: Found, given: str) -> None:
    source = f"""
from functools import partial
from framework import Strategy
def fetch(*args): return open("x").read()
class X(Strategy):
    def on_ready(self, resumed):
        self.offload({given}, then=self.on_result)
    def on_result(self, answer): ...
    def fetch(self, *args): return open("x").read()
"""
    outside = [] if given == "lambda: open('x')" else None
    texts = found(source)
    if outside is None:
        assert texts == []
    else:
        assert [text.partition(" ")[0] for text in texts] == ["x.py:4:", "x.py:9:"], (
            "the functions it does not hand over"
        )


def test_a_function_of_the_plugins_own_called_open_is_its_own(found: Found) -> None:
    assert found("def open(level):\n    return level\nopen(3)\n") == []


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("import time", "time.time()"),
        ("import time", "time.monotonic_ns()"),
        ("from datetime import datetime", "datetime.now()"),
        ("import datetime", "datetime.datetime.utcnow()"),
        ("import datetime as dt", "dt.date.today()"),
    ],
)
def test_the_wall_clock_is_found_even_in_offloaded_functions(found: Found, imports: str, call: str) -> None:
    source = (
        f"{imports}\ndef f():\n    return {call}\nclass X:\n    def g(self):\n        self.offload(f, then=print)\n"
    )
    (text,) = found(source)
    assert text.startswith("x.py:3: ")
    assert "self.now" in text


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("import random", "random.random()"),
        ("from random import choice", "choice([1])"),
        ("import random", "random.Random()"),
        ("import uuid", "uuid.uuid4()"),
        ("import secrets", "secrets.token_hex()"),
        ("import numpy as np", "np.random.rand(3)"),
        ("import numpy as np", "np.random.default_rng()"),
    ],
)
def test_unseeded_chance_is_found(found: Found, imports: str, call: str) -> None:
    (text,) = found(f"{imports}\n{call}\n")
    assert "is not seeded (use self.random" in text


@pytest.mark.parametrize(
    "source",
    [
        "import random\nrandom.Random(3)\n",
        "import numpy as np\nnp.random.default_rng(3)\n",
        "from datetime import datetime\ndatetime.fromisoformat('2024-01-01')\n",
        "class X:\n    def f(self):\n        return self.random.random(), self.now\n",
    ],
)
def test_seeded_chance_and_the_clock_of_the_run_are_free(found: Found, source: str) -> None:
    assert found(source) == []


def test_printing_is_warned_of(found: Found) -> None:
    source = "from framework import Strategy\nclass X(Strategy):\n    def on_stop(self):\n        print('x')\n"
    (text,) = found(source)
    assert "x.py:4: " in text and "print() reaches neither log nor report" in text
