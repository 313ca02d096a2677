"""The command line: `run.py VERB`. Each verb is a module here with `add_arguments` and `run`.

Exit codes: 0 done; 1 it failed (a message says what and where); 2 wrong usage, settings or key; 130 stopped hard by
Ctrl-C.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn, TextIO

from framework.cli.habits import meant_by
from framework.kernel.screen import say
from framework.model.errors import AuthError, ConfigError, FrameworkError, PluginError
from framework.model.spelling import nearest

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

DEFAULT_VERB: Final = "paper"
VERBS: Final = {
    "paper": "trade the enabled strategies on a recorded market: no key, no real orders (default)",
    "live": "trade the enabled strategies at a venue on this machine, as a daemon (starts disarmed)",
    "replay": "run a journal's run again and compare every decision",
    "report": "make a run's report again from its journal",
    "explain": "what became of an order, step by step, and why",
    "journal": "verify a journal, show its last records, export it, or make it small",
    "status": "what runs: its kill switch, its strategies",
    "orders": "open orders of a run",
    "fills": "the last fills of a run",
    "positions": "what each strategy holds",
    "kill": "close the gate of a run at once, and sweep its orders",
    "arm": "let a killed run trade again, in two steps",
    "drill": "trip the kill switch of a run, and measure it",
    "pause": "hold one strategy back",
    "resume": "end a pause",
    "resolve": "say that an order without an answer never reached its venue",
    "adopt": "accept what a reconcile found and nobody can explain",
    "stop": "end a run cleanly",
    "sandbox": "serve a simulated venue on this machine, with faults on request",
    "keys": "read from the venue what a key may do, and what to change",
    "new": "make a strategy with its test and its settings",
    "check": "list every fault of strategies and settings",
    "budget": "reckon whether the settings can live within the venue's limits",
    "bundle": "what may be published of a run, for support: no secrets, no money",
    "doctor": "go through everything that live trading needs: settings, limits, disk, venue, key, clock",
}


def main(arguments: Sequence[str]) -> int:
    """Run a verb and give its exit code. Errors we raise on purpose are told in words, without a traceback."""
    if sys.stderr is None:  # closed by the shell (`2>&-`)
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # for as long as the process lives
    if sys.stdout is None:
        say("run.py: standard output is closed; give it a place, such as > /dev/null", sys.stderr)
        return FAILED
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may hold letters that the terminal has not
    try:
        return _flushed(_run(list(arguments)))
    except (ConfigError, PluginError, AuthError) as error:  # a key that the venue refuses is a wrong setting
        return _tell(error, USAGE)
    except FrameworkError as error:
        return _tell(error, FAILED)
    except KeyboardInterrupt as ended:
        for line in getattr(ended, "__notes__", ["stopped hard by Ctrl-C"]):  # what it left, where somebody noted it
            _complain(line)
        return INTERRUPTED
    except OSError as error:
        # Whoever read our output went away, or its disk is full. The interpreter must not try again at its end.
        _silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            _complain(f"run.py: cannot be read or written: {error}")
        return FAILED


def _complain(text: str) -> None:
    """Tell it on standard error, if anybody is left there: with a terminal both streams are gone."""
    try:
        say(text, sys.stderr)
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _flushed(code: int) -> int:
    """Have what was printed written while a failure can still be told."""
    sys.stdout.flush()
    return code


def _run(arguments: list[str]) -> int:
    if arguments[:1] in (["-h"], ["--help"]) or arguments == ["help"]:
        say(_overview())
        return DONE
    if arguments[:1] == ["--version"]:
        from framework.app.first_record import VERSION

        say(f"framework {VERSION}, Python {platform.python_version()}")
        return DONE
    if arguments[:1] == ["help"]:
        arguments = [arguments[1], "--help"]
    verb = DEFAULT_VERB if not arguments or arguments[0].startswith("-") else arguments.pop(0)
    if verb not in VERBS:
        hint = meant_by(verb) or nearest(verb, VERBS)
        raise ConfigError(f"run.py: no verb {verb!r}{hint}; see run.py --help")
    module = import_module(f"framework.cli.{verb}")
    parser = Parser(prog=f"run.py {verb}", description=VERBS[verb].capitalize() + ".", allow_abbrev=False)
    module.add_arguments(parser)
    code = module.run(parser.parse_args(arguments))
    assert isinstance(code, int), verb
    return code


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors read like all our others."""

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong and leave with the usage code."""
        say(f"{self.prog}: {message}; see {self.prog} --help", sys.stderr)
        raise SystemExit(USAGE)


def _overview() -> str:
    width = max(map(len, VERBS))
    lines = [f"  {verb:<{width}}  {text}" for verb, text in VERBS.items()]
    return "\n".join(
        [
            "usage: run.py [VERB] [options]",
            "",
            "An event-driven trading-bot framework: strategies emit intents, one router sends the fewest requests.",
            "",
            "verbs (run.py VERB --help tells more):",
            *lines,
            "",
            "exit codes: 0 done, 1 failed, 2 wrong usage, settings or key, 130 stopped hard by Ctrl-C;",
            "of commands for a run that goes on also: 3 nothing runs, 4 the gate is closed but the loop is still busy",
            "paper fails also when a strategy was put aside before it began, or all were, or report or output has no place.",
        ]
    )


def _tell(error: FrameworkError, code: int) -> int:
    for line in (str(error), *getattr(error, "__notes__", ())):  # what it leaves, where somebody noted it
        _complain(line)
    return code
