#!/usr/bin/env python3
"""The one command: makes `.venv` when it is missing or out of date, then hands over to the command line.

    python3 run.py              set up if needed, then trade on paper
    python3 run.py VERB ...     the same for any verb; `--help` lists them and needs no set-up
    python3 run.py --setup      only set up
    python3 run.py --setup-dev  only set up, with the test tools (what `make test` uses)

Only the standard library is imported here. What is installed is pinned with hashes in `requirements.lock`.
`BOT_NO_BOOTSTRAP=1` skips all of it: for images that bring the packages along.
"""

import sys


def end_on_ctrl_c(kind, error, trace):  # type: ignore[no-untyped-def]  # any Python reads this much of the file
    """In place of the traceback of a Ctrl-C that nobody catches: while modules are imported, or set-up is looked for."""
    if kind is not KeyboardInterrupt:
        sys.__excepthook__(kind, error, trace)
        return
    import os

    sys.stderr.write("stopped by Ctrl-C before it began\n")
    sys.stderr.flush()
    os._exit(130)  # by itself Python would end by the signal


def hear_ctrl_c() -> None:
    """Let in a Ctrl-C that `hand_over` had wait while Python itself began, which would have ended in its traceback."""
    import signal

    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


if __name__ == "__main__":
    sys.excepthook = end_on_ctrl_c
    hear_ctrl_c()

OLDEST = (3, 11)


def age_fault(version: "tuple[int, int]", newer: "str | None" = None) -> "str | None":
    """Why this Python cannot be used, or None. Old Pythons read this much of the file: quoted annotations."""
    if version >= OLDEST:
        return None
    advice = f"run: {newer} run.py" if newer else "install Python 3.12, then run: python3.12 run.py"
    return f"Python 3.11 or newer is needed, this is {version[0]}.{version[1]}; {advice}"


if sys.version_info < OLDEST:
    from shutil import which as _which

    _newer = [name for name in ("python3.13", "python3.12", "python3.11") if _which(name)]
    sys.exit(age_fault(sys.version_info[:2], _newer[0] if _newer else None))

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"
NO_VENV = "Python's venv module is missing; run: sudo apt install python3-venv"
AGAIN = "Nothing half-made is kept in use: run the same command again."

SET_UP = "BOT_SET_UP_ENDED"
"""Tells the command line when set-up ended (`PID:seconds`): the first fill is counted from there."""

UNFINISHED = ".unfinished"
CURRENT = f"{sys.version_info[0]}.{sys.version_info[1]}"

Outcome = tuple[int, str]
Command = Callable[[list[str]], Outcome]


class SetupError(Exception):
    """Set-up cannot go on; the text says what failed and what to do."""


class Remedy(NamedTuple):
    """What an installer prints when it fails, and what a person can do about it."""

    pattern: str
    advice: str


REMEDIES = (
    Remedy(r"No space left on device|Errno 28|not enough space", "The disk is full. Free about 200 MB."),
    Remedy(
        r"Permission denied|Read-only file system|Errno 13|Errno 30|Access is denied",
        f"No permission to write in {ROOT}. Use a folder of your own.",
    ),
    Remedy(
        r"DO NOT MATCH THE HASHES|[Hh]ash mismatch",
        "A package differs from the one pinned, so none was installed. A proxy or mirror may have changed it.",
    ),
    Remedy(
        r"NewConnectionError|NameResolutionError|name resolution|Name or service not known|getaddrinfo|unreachable"
        r"|dns error|error sending request|[Ff]ailed to fetch|Connection (?:refused|reset|broken|aborted)"
        r"|timed out|ProxyError|SSLError|CERTIFICATE_VERIFY_FAILED",
        "The package index cannot be reached. The network is needed once, for set-up only: connect and try again.",
    ),
    Remedy(
        r"No matching distribution|Could not find a version|no wheels|no usable wheels",
        "No ready-made package was found: the package index is out of reach, or has none for this machine "
        "(CPython 3.11 to 3.13 on Linux, macOS and Windows have them).",
    ),
    Remedy(r"ensurepip|No module named venv", NO_VENV),
)


def advice_on(output: str) -> str:
    """What to do about a failed installer, from what it printed; its last lines when nothing is known of them."""
    for remedy in REMEDIES:
        if re.search(remedy.pattern, output):
            return remedy.advice
    lines = [line for line in output.splitlines() if line.strip()]
    return "\n".join(["It said:", *lines[-8:]])


def say(words: str) -> None:
    """A line for the person waiting; stderr, so that `--json` on stdout stays clean."""
    from framework.kernel import screen  # of the standard library alone, too

    screen.say(words, sys.stderr)


class Environment:
    """The folder `.venv` and its stamps: one file for each lock that was installed completely."""

    def __init__(self, root: Path, command: Command, uv: str | None) -> None:
        """`command` runs an installer step; `uv` is its path when there is one, else pip does the work."""
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self._command = command
        self._uv = uv

    @property
    def is_current(self) -> bool:
        """This very process runs in `.venv`."""
        return Path(sys.prefix).resolve() == self.folder.resolve()

    def stamp(self, lock: str) -> Path:
        """The file that says: this lock is installed. It holds the Python version that it was installed for."""
        digest = hashlib.sha256((self.root / lock).read_bytes()).hexdigest()
        return self.folder / f".ok-{digest[:16]}"

    def is_ready(self, lock: str) -> bool:
        """The lock is installed and its Python is still there.

        A distribution's upgrade may change the Python under the folder: only the process inside can tell.
        """
        stamp = self.stamp(lock)
        if not (stamp.exists() and self.python.exists()):
            return False
        return not self.is_current or stamp.read_text() == CURRENT

    def install(self, lock: str) -> None:
        """Make the folder if it is missing or broken, install the lock, stamp it.

        Raises:
            SetupError: no stamp is left behind, so the next start tries again.
        """
        for stamp in self.folder.glob(".ok-*"):
            stamp.unlink()
        version = self._make()
        # An installer that was killed leaves packages that look whole: then the folder is made anew.
        unfinished = self.folder / UNFINISHED
        unfinished.touch()
        pins = len(re.findall(r"^[a-z0-9].*==", (self.root / lock).read_text(), re.MULTILINE))
        say(f"Setting up, once: installing {pins} packages into .venv ({'a few' if self._uv else 'about 30'} seconds)")
        self._step(f"installing {lock}", [*self._installer(), "--require-hashes", "--only-binary", ":all:", "-r", lock])
        # The development lock contains the runtime lock, pin for pin (tests/test_house.py).
        for name in {lock, RUNTIME}:
            draft = self.folder / ".ok.new"
            draft.write_text(version)
            draft.replace(self.stamp(name))
        unfinished.unlink()
        say("Set up.")

    def _make(self) -> str:
        """A folder whose Python starts, is new enough, and has an installer; the version of that Python."""
        version = self._asked()
        if version is not None:
            return version
        if self._uv is None and not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
            raise SetupError(NO_VENV)
        if self.folder.exists():
            say("Setting up: .venv is broken or unfinished, making it anew")
        without = ["--without-pip"] if self._uv else []
        self._step("making .venv", [sys.executable, "-m", "venv", "--clear", *without, str(self.folder)])
        return CURRENT

    def _asked(self) -> str | None:
        """The version that the folder's Python gives, or None when the folder cannot be used."""
        if not self.python.exists() or (self.folder / UNFINISHED).exists():
            return None
        question = "import sys; print('%d.%d' % sys.version_info[:2])" + ("" if self._uv else "; import pip")
        code, answer = self._command([str(self.python), "-c", question])
        version = answer.strip()
        is_usable = code == 0 and re.fullmatch(r"\d+\.\d+", version) is not None
        return version if is_usable and tuple(map(int, version.split("."))) >= OLDEST else None

    def _installer(self) -> list[str]:
        """The command that both uv and pip understand from here on."""
        if self._uv:
            return [self._uv, "pip", "install", "--python", str(self.python)]
        return [str(self.python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]

    def _step(self, name: str, command: list[str]) -> None:
        code, output = self._command(command)
        if code == 0:
            return
        advice = advice_on(output)
        raise SetupError(NO_VENV if advice == NO_VENV else f"Set-up stopped while {name}. {advice}\n{AGAIN}")


def environment_variables() -> dict[str, str]:
    """Ours, less what would make every later start slow, or send packages elsewhere."""
    variables = dict(os.environ, UV_COMPILE_BYTECODE="1", PYTHONUNBUFFERED="1", PIP_USER="0")
    for name in ("PYTHONDONTWRITEBYTECODE", "PIP_TARGET", "PIP_PREFIX", "PIP_NO_COMPILE", "PYTHONHOME"):
        variables.pop(name, None)
    return variables


def run_step(command: list[str]) -> Outcome:
    """Run one installer step from the project folder; on a terminal a counter moves while packages arrive."""
    try:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment_variables(), text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    except OSError as error:
        return 1, str(error)
    lines: list[str] = []
    arrived = 0
    assert process.stdout is not None
    with process:
        for line in process.stdout:
            lines.append(line)
            arrived += line.startswith("Collecting ")
            if arrived and sys.stderr.isatty():
                print(f"\r  {arrived} packages", end="", file=sys.stderr, flush=True)
    if arrived and sys.stderr.isatty():
        print(file=sys.stderr)
    return process.returncode, "".join(lines)


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Two set-ups of one folder wait for each other, where the system can lock a folder."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def prepare(environment: Environment, lock: str) -> bool:
    """Install what is missing; True when something was installed."""
    if environment.is_ready(lock):
        return False
    with alone(environment.root):
        if environment.is_ready(lock):
            return False
        environment.install(lock)
        return True


def told_of_set_up(variables: dict[str, str]) -> dict[str, str]:
    """The variables with the moment at which set-up ended; it is this process's own, for it goes on as another."""
    return {**variables, SET_UP: f"{os.getpid()}:{time.monotonic()}"}


def hand_over(python: Path, argv: list[str], *, after_set_up: bool = False) -> int:
    """Start again inside `.venv`: in place of this process, or as its child on Windows."""
    command = [str(python), str(ROOT / "run.py"), *argv]
    variables = environment_variables()
    variables.pop("PYTHONUNBUFFERED")
    if after_set_up:
        variables = told_of_set_up(variables)
    if os.name != "nt":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            os.execve(python, command, variables)
        finally:
            hear_ctrl_c()
    with subprocess.Popen(command, env=variables) as child:
        while True:
            # Ctrl-C reaches the child as well, which stops in its own time.
            with contextlib.suppress(KeyboardInterrupt):
                return child.wait()


def start(argv: list[str]) -> int:
    """The command line itself; its packages must be importable. Threads of plugins do not keep it from ending."""
    try:
        from framework.cli import main as command_line
        from framework.ops.stray_threads import leave

        return leave(int(command_line(argv) or 0))
    except KeyboardInterrupt:
        say("stopped by Ctrl-C before it began")
        return 130


def bootstrap(environment: Environment, argv: list[str]) -> int | None:
    """Set up what is missing; an exit code, or None when this process is the one to start."""
    if argv in (["--setup"], ["--setup-dev"]):
        prepare(environment, RUNTIME if argv == ["--setup"] else DEVELOPMENT)
        return 0
    is_new = prepare(environment, RUNTIME)
    if environment.is_current and not is_new:
        return None
    return hand_over(environment.python, argv, after_set_up=is_new)


def bootstrap_or_explain(environment: Environment, argv: list[str]) -> int | None:
    """`bootstrap`, its faults turned into words and an exit code."""
    try:
        return bootstrap(environment, argv)
    except SetupError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"Set-up stopped. {advice_on(str(error))}\n{AGAIN}")
        return 1
    except KeyboardInterrupt:
        say(f"\nSet-up was interrupted. {AGAIN}")
        return 130


def main(argv: list[str]) -> int:
    """Set up if needed, then start."""
    if os.environ.get("BOT_NO_BOOTSTRAP") == "1":
        return start(argv)
    if {"-h", "--help"} & set(argv):
        # Nobody wants to wait for packages to read the help; where it needs some, set-up follows.
        with contextlib.suppress(ImportError):
            return start(argv)
    code = bootstrap_or_explain(Environment(ROOT, run_step, shutil.which("uv")), argv)
    return start(argv) if code is None else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
