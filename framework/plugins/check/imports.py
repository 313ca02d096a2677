"""Imports that a strategy must not have, each with its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from framework.model.spelling import nearest
from framework.plugins.check.finding import Finding
from framework.plugins.check.reading import SourceFile, is_star
from framework.strategy.face import HOMES

CONCURRENT: Final = "the framework runs strategies one after another; hand slow work over with self.offload"
TRADES: Final = "orders leave through the router alone; use self.buy, self.sell, self.target, self.ladder"
BLOCKS: Final = "it waits for others, and the loop with it; use it inside a function given to self.offload"
NEVER: Final = {
    "asyncio": CONCURRENT,
    "concurrent": CONCURRENT,
    "multiprocessing": CONCURRENT,
    "threading": CONCURRENT,
    "_thread": CONCURRENT,
    "anyio": CONCURRENT,
    "trio": CONCURRENT,
    "curio": CONCURRENT,
    "uvloop": CONCURRENT,
    "signal": "signals belong to the daemon; use on_stop",
    "ccxt": TRADES,
    "binance": TRADES,
    "pybitget": TRADES,
    "aiohttp": CONCURRENT,
    "websockets": CONCURRENT,
    "websocket": CONCURRENT,
    "ctypes": "it can break every promise of this process",
}
"""Module -> why not, ever."""
WHEN_OFFLOADED: Final = ("ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl", "subprocess", "urllib3")
"""Modules that may be used away from the loop only; calls of them are judged one by one where they are imported."""


def check_imports(reading: SourceFile) -> Iterator[Finding]:
    """Every import that is not for strategies."""
    for node in reading.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(reading, node, alias.name)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            if is_star(node):
                yield reading.finding(node, f"imports * from {node.module}", "name what you use")
            if node.module != "framework":
                yield from _module(reading, node, node.module)
            elif not is_star(node):
                yield from _names(reading, node)


def _module(reading: SourceFile, node: ast.stmt, module: str) -> Iterator[Finding]:
    top = module.partition(".")[0]
    if top == "framework" and module != "framework":
        yield reading.finding(node, f"imports {module}, below the face", "import names from framework itself")
    elif top in NEVER:
        yield reading.finding(node, f"imports {module}", NEVER[top])
    elif top in WHEN_OFFLOADED and not reading.offloaded:
        yield reading.finding(node, f"imports {module}", BLOCKS)


def _names(reading: SourceFile, node: ast.ImportFrom) -> Iterator[Finding]:
    for alias in node.names:
        if alias.name not in HOMES:
            hint = nearest(alias.name, HOMES).removeprefix("; ")
            yield reading.finding(node, f"imports {alias.name}, which framework does not offer", hint)
