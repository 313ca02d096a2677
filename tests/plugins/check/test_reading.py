"""A source file read once: what its names stand for, which classes are strategies."""

from __future__ import annotations

import ast

from framework.plugins.check.reading import SourceFile


def reading(source: str) -> SourceFile:
    return SourceFile("x.py", ast.parse(source))


def named(source: str, expression: str) -> str:
    return reading(source).dotted(ast.parse(expression, mode="eval").body)


def test_names_are_followed_through_imports() -> None:
    assert named("import time", "time.sleep") == "time.sleep"
    assert named("import time as t", "t.sleep") == "time.sleep"
    assert named("from time import sleep", "sleep") == "time.sleep"
    assert named("import urllib.request", "urllib.request.urlopen") == "urllib.request.urlopen"
    assert named("from os import path as p", "p.join") == "os.path.join"
    assert named("", "f().x") == ""


def test_strategies_are_found_through_each_other() -> None:
    source = "from framework import Strategy as S\nclass A(S): ...\nclass B(A): ...\nclass C: ...\nclass D(C): ...\n"
    assert [strategy.name for strategy in reading(source).strategies] == ["A", "B"]


def test_offloaded_functions_that_call_each_other_end() -> None:
    source = "def a(): b()\ndef b(): a()\ndef c(): ...\nclass X:\n    def f(self): self.offload(a, then=self.g)\n"
    offloaded = reading(source).offloaded
    assert {node.name for node in offloaded if isinstance(node, ast.FunctionDef)} == {"a", "b"}
