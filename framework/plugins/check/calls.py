"""Calls that a handler must not make: what blocks the loop, asks the wall clock, or draws from an unseeded source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from framework.plugins.check.finding import Finding
from framework.plugins.check.reading import SourceFile

OFFLOAD: Final = "hand it over with self.offload(fn, ..., then=self.on_result)"
CLOCK: Final = "use self.now or self.now_ns, so that a replay takes the same decisions"
CHANCE: Final = "use self.random, which the run seeds"
LOG: Final = 'use self.log.info("event.name", fact=...); printed text goes to standard error'
WAIT: Final = "return, and go on in a later event or in a method with @every"

BLOCKING: Final = {
    "time.sleep": WAIT,
    "input": "nobody sits at the terminal; make it a parameter",
    "breakpoint": "the run would stand still; use self.log",
    "open": OFFLOAD,
    "io.open": OFFLOAD,
    "os.system": OFFLOAD,
    "os.popen": OFFLOAD,
    "sqlite3.connect": OFFLOAD,
    "urllib.request.urlopen": OFFLOAD,
    "urllib.request.urlretrieve": OFFLOAD,
}
BLOCKING_MODULES: Final = (
    "ftplib.",
    "http.client.",
    "httpx.",
    "requests.",
    "smtplib.",
    "socket.",
    "subprocess.",
    "urllib3.",
)
BLOCKING_METHODS: Final = ("read_bytes", "read_text", "write_bytes", "write_text", "read_csv", "read_parquet", "to_csv")
WALL_CLOCK: Final = (
    *(f"time.{name}{unit}" for name in ("time", "monotonic", "perf_counter", "process_time") for unit in ("", "_ns")),
    "time.gmtime",
    "time.localtime",
    *(f"{owner}.{name}" for owner in ("datetime.datetime", "datetime.date") for name in ("now", "utcnow", "today")),
)
UNSEEDED: Final = ("os.urandom", "uuid.uuid1", "uuid.uuid4", "random.SystemRandom")
UNSEEDED_MODULES: Final = ("random.", "secrets.", "numpy.random.")
SEEDABLE: Final = ("random.Random", "numpy.random.default_rng", "numpy.random.RandomState")
"""Fine with a seed, chance without."""


def check_calls(reading: SourceFile) -> Iterator[Finding]:
    """Every call that a strategy must not or had better not make, offloaded functions excepted where only the waiting is wrong."""
    for node in reading.nodes:
        if not isinstance(node, ast.Call):
            continue
        name = reading.dotted(node.func)
        if name == "print" and name not in reading.functions:
            yield reading.finding(node, "print() reaches neither log nor report", LOG, is_warning=True)
        elif name in WALL_CLOCK:
            yield reading.finding(node, f"{name}() is the wall clock", CLOCK)
        elif _is_chance(name, node):
            yield reading.finding(node, f"{name}() is not seeded", CHANCE)
        elif node not in reading.offloaded and (fix := _blocks(reading, name, node)):
            yield reading.finding(node, f"{name or ast.unparse(node.func)}() blocks the loop", fix)


def _is_chance(name: str, call: ast.Call) -> bool:
    if name in SEEDABLE:
        return not call.args and not call.keywords
    return name in UNSEEDED or name.startswith(UNSEEDED_MODULES)


def _blocks(reading: SourceFile, name: str, call: ast.Call) -> str:
    """What to do instead; empty where the call does not block."""
    if name in reading.functions:  # the plugin's own function of that name
        return ""
    if name in BLOCKING:
        return BLOCKING[name]
    is_method = isinstance(call.func, ast.Attribute) and call.func.attr in BLOCKING_METHODS
    return OFFLOAD if is_method or name.startswith(BLOCKING_MODULES) else ""
