"""The bootstrap, without a network: installers are stand-ins that say what real ones say."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import run

PIN = "rich==15.0.0 \\\n    --hash=sha256:00\n"
REFUSED = "NewConnectionError: [Errno 111] Connection refused\nERROR: No matching distribution found for rich==15.0.0"


class Installer:
    """Stands in for venv, pip and uv: makes the files that they make, remembers what it was asked, fails on demand."""

    def __init__(self, root: Path, fails_with: str = "", breaks: type[BaseException] | None = None) -> None:
        self.folder = root / ".venv"
        self.fails_with = fails_with
        self.breaks = breaks
        self.version = "3.11"
        self.asked: list[list[str]] = []

    def __call__(self, command: list[str]) -> run.Outcome:
        self.asked.append(command)
        if "venv" in command:
            return self.make()
        if "-c" in command:
            return 0, f"{self.version}\n"
        if self.breaks is not None:
            raise self.breaks
        return (1, self.fails_with) if self.fails_with else (0, "Successfully installed")

    def make(self) -> run.Outcome:
        for path in sorted(self.folder.glob("**/*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        python.parent.mkdir(parents=True)
        python.touch()
        return 0, ""

    @property
    def installs(self) -> list[list[str]]:
        return [command for command in self.asked if "install" in command]

    @property
    def makes(self) -> list[list[str]]:
        return [command for command in self.asked if "venv" in command]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / run.RUNTIME).write_text(PIN)
    (tmp_path / run.DEVELOPMENT).write_text(PIN + "pytest==9.0.0 \\\n    --hash=sha256:01\n")
    return tmp_path


@pytest.fixture
def told() -> list[bool]:
    return []


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch, told: list[bool]) -> list[tuple[Path, list[str]]]:
    calls: list[tuple[Path, list[str]]] = []

    def hand_over(python: Path, argv: list[str], *, after_set_up: bool = False) -> int:
        calls.append((python, argv))
        told.append(after_set_up)
        return 0

    monkeypatch.setattr(run, "hand_over", hand_over)
    return calls


def stamps(root: Path) -> list[Path]:
    return list((root / ".venv").glob(".ok-*"))


# --- which Python --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [(3, 8), (3, 10)])
def test_an_old_python_is_told_what_to_run(version: tuple[int, int]) -> None:
    fault = run.age_fault(version)
    assert fault is not None
    assert f"3.11 or newer is needed, this is {version[0]}.{version[1]}" in fault
    assert "python3.12 run.py" in fault
    assert "\n" not in fault


def test_an_old_python_is_told_of_a_newer_one_beside_it() -> None:
    assert str(run.age_fault((3, 9), "python3.13")).endswith("run: python3.13 run.py")


def test_a_new_python_is_taken() -> None:
    assert run.age_fault((3, 11)) is None
    assert run.age_fault((3, 14)) is None


def test_the_top_of_the_file_can_be_read_by_old_pythons() -> None:
    """Up to the age check nothing may fail on 3.8: no unquoted `|` in annotations, only sys imported."""
    source = Path(run.__file__).read_text()
    top = source[: source.index("import contextlib")]
    compile(top, "run.py", "exec", dont_inherit=True)
    assert re.findall(r"^(?:import|from) .*", top, re.MULTILINE) == ["import sys"]
    annotations = re.findall(r"(?:->|\w:) ([^=,):]*\|[^=,):]*)", top)
    assert all(text.strip().startswith('"') for text in annotations)


# --- the venv module -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("absent", ["venv", "ensurepip"])
def test_a_missing_venv_module_gives_the_one_apt_line(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], absent: str
) -> None:
    real = run.importlib.util.find_spec
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None if name == absent else real(name))
    installer = Installer(root)
    code = run.bootstrap_or_explain(run.Environment(root, installer, None), ["paper"])
    printed = capsys.readouterr()
    assert code == 1
    assert printed.err == "Python's venv module is missing; run: sudo apt install python3-venv\n"
    assert printed.out == ""
    assert installer.asked == []


def test_a_venv_that_fails_for_want_of_ensurepip_gives_the_same_line(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "The virtual environment was not created successfully because ensurepip is not available."
    code = run.bootstrap_or_explain(run.Environment(root, lambda _: (1, said), None), [])
    assert code == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_uv_needs_no_ensurepip(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda _: None)
    installer = Installer(root)
    assert run.prepare(run.Environment(root, installer, "uv"), run.RUNTIME)
    assert "--without-pip" in installer.makes[0]
    assert installer.installs[0][:3] == ["uv", "pip", "install"]


# --- what is installed, and when -----------------------------------------------------------------------------------


@pytest.mark.fault("A14")
@pytest.mark.parametrize("uv", [None, "uv"])
def test_only_pinned_wheels_are_installed(root: Path, uv: str | None) -> None:
    installer = Installer(root)
    assert run.prepare(run.Environment(root, installer, uv), run.RUNTIME)
    (install,) = installer.installs
    assert install[-5:] == ["--require-hashes", "--only-binary", ":all:", "-r", run.RUNTIME]


def test_the_second_start_installs_nothing(root: Path) -> None:
    assert run.prepare(run.Environment(root, Installer(root), None), run.RUNTIME)
    again = Installer(root)
    assert not run.prepare(run.Environment(root, again, None), run.RUNTIME)
    assert again.asked == []


def test_a_changed_lock_is_installed_into_the_same_folder(root: Path) -> None:
    run.prepare(run.Environment(root, Installer(root), None), run.RUNTIME)
    (root / run.RUNTIME).write_text(PIN.replace("15.0.0", "15.0.1"))
    again = Installer(root)
    assert run.prepare(run.Environment(root, again, None), run.RUNTIME)
    assert not again.makes
    assert len(again.installs) == 1
    assert len(stamps(root)) == 1


def test_the_test_tools_bring_the_runtime_along(root: Path) -> None:
    environment = run.Environment(root, Installer(root), None)
    run.prepare(environment, run.DEVELOPMENT)
    assert environment.is_ready(run.RUNTIME)
    assert environment.is_ready(run.DEVELOPMENT)


def test_the_runtime_does_not_pass_for_the_test_tools(root: Path) -> None:
    environment = run.Environment(root, Installer(root), None)
    run.prepare(environment, run.RUNTIME)
    assert not environment.is_ready(run.DEVELOPMENT)


def test_a_folder_whose_python_is_gone_is_made_anew(root: Path) -> None:
    environment = run.Environment(root, Installer(root), None)
    run.prepare(environment, run.RUNTIME)
    environment.python.unlink()
    again = Installer(root)
    assert run.prepare(run.Environment(root, again, None), run.RUNTIME)
    assert len(again.makes) == 1


@pytest.mark.parametrize("answer", ["3.9", "", "Traceback"])
def test_a_folder_whose_python_does_not_serve_is_made_anew(root: Path, answer: str) -> None:
    installer = Installer(root)
    installer.make()
    installer.version = answer
    run.prepare(run.Environment(root, installer, None), run.RUNTIME)
    assert len(installer.makes) == 1


def test_inside_a_stamp_of_another_python_does_not_count(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution's upgrade changes the Python under the folder; its packages are then out of sight."""
    environment = run.Environment(root, Installer(root), None)
    run.prepare(environment, run.RUNTIME)
    monkeypatch.setattr(run.sys, "prefix", str(environment.folder))
    environment.stamp(run.RUNTIME).write_text("3.10")
    assert not environment.is_ready(run.RUNTIME)
    environment.stamp(run.RUNTIME).write_text(run.CURRENT)
    assert environment.is_ready(run.RUNTIME)


# --- what goes wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (REFUSED, "network is needed once"),
        ("error sending request for url: dns error: Temporary failure in name resolution", "network is needed once"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: [Errno 13] Permission denied: '.venv/lib'", "No permission to write"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "differs from the one pinned"),
        ("ERROR: No matching distribution found for msgspec==0.22.0", "has none for this machine"),
        ("a fault nobody foresaw\n", "It said:\na fault nobody foresaw"),
    ],
)
def test_a_failed_install_says_what_failed_and_what_to_do(
    root: Path, capsys: pytest.CaptureFixture[str], said: str, advice: str
) -> None:
    code = run.bootstrap_or_explain(run.Environment(root, Installer(root, fails_with=said), None), ["paper"])
    printed = capsys.readouterr().err
    assert code == 1
    assert "Set-up stopped while installing requirements.lock." in printed
    assert advice in printed
    assert run.AGAIN in printed
    assert "Traceback" not in printed
    assert stamps(root) == []


def test_an_interrupted_install_leaves_no_stamp_and_the_next_start_begins_anew(
    root: Path, capsys: pytest.CaptureFixture[str], handed_over: list[tuple[Path, list[str]]]
) -> None:
    killed = Installer(root, breaks=KeyboardInterrupt)
    assert run.bootstrap_or_explain(run.Environment(root, killed, None), []) == 130
    assert "interrupted" in capsys.readouterr().err
    assert stamps(root) == []
    again = Installer(root)
    assert run.bootstrap_or_explain(run.Environment(root, again, None), []) == 0
    assert len(again.makes) == 1
    assert len(stamps(root)) == 1
    assert len(handed_over) == 1


def test_a_folder_that_cannot_be_written_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(_: list[str]) -> run.Outcome:
        raise PermissionError(13, "Permission denied", str(root / ".venv"))

    assert run.bootstrap_or_explain(run.Environment(root, refused, None), []) == 1
    assert "No permission to write" in capsys.readouterr().err


def test_an_absent_installer_is_an_outcome_not_a_traceback() -> None:
    code, said = run.run_step([str(Path("no") / "such" / "program")])
    assert code != 0
    assert "No such file" in said or "cannot find" in said


def test_a_step_gives_its_exit_code_and_both_its_outputs() -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    code, said = run.run_step([sys.executable, "-c", script])
    assert code == 3
    assert {"out", "err"} <= set(said.split())


# --- starting ------------------------------------------------------------------------------------------------------


def test_outside_the_folder_the_command_starts_again_inside(
    root: Path, handed_over: list[tuple[Path, list[str]]]
) -> None:
    environment = run.Environment(root, Installer(root), None)
    assert run.bootstrap(environment, ["paper", "--speed", "max"]) == 0
    assert handed_over == [(environment.python, ["paper", "--speed", "max"])]


def test_inside_the_folder_the_command_starts_here(
    root: Path, handed_over: list[tuple[Path, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = run.Environment(root, Installer(root), None)
    run.prepare(environment, run.RUNTIME)
    environment.stamp(run.RUNTIME).write_text(run.CURRENT)
    monkeypatch.setattr(run.sys, "prefix", str(environment.folder))
    assert run.bootstrap(environment, ["paper"]) is None
    assert handed_over == []


def test_inside_the_folder_new_packages_need_a_new_start(
    root: Path, handed_over: list[tuple[Path, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = run.Environment(root, Installer(root), None)
    monkeypatch.setattr(run.sys, "prefix", str(environment.folder))
    assert run.bootstrap(environment, ["paper"]) == 0
    assert len(handed_over) == 1


@pytest.mark.parametrize(("flag", "lock"), [("--setup", run.RUNTIME), ("--setup-dev", run.DEVELOPMENT)])
def test_set_up_alone_starts_nothing(
    root: Path, handed_over: list[tuple[Path, list[str]]], flag: str, lock: str
) -> None:
    environment = run.Environment(root, Installer(root), None)
    assert run.bootstrap(environment, [flag]) == 0
    assert environment.is_ready(lock)
    assert handed_over == []


def test_only_a_start_after_set_up_is_told_of_it(
    root: Path, handed_over: list[tuple[Path, list[str]]], told: list[bool]
) -> None:
    environment = run.Environment(root, Installer(root), None)
    assert [run.bootstrap(environment, ["paper"]), run.bootstrap(environment, ["paper"])] == [0, 0]
    assert told == [True, False]


@pytest.mark.skipif(os.name == "nt", reason="a child has a start of its own there")
@pytest.mark.parametrize("after_set_up", [True, False])
def test_the_end_of_set_up_is_told_to_the_same_process(monkeypatch: pytest.MonkeyPatch, after_set_up: bool) -> None:
    from framework.kernel import clock

    given: list[dict[str, str]] = []

    def execve(python: Path, command: list[str], variables: dict[str, str]) -> None:
        given.append(variables)
        raise InterruptedError

    monkeypatch.setattr(run.os, "execve", execve)
    monkeypatch.delenv(run.SET_UP, raising=False)
    with pytest.raises(InterruptedError):
        run.hand_over(Path("python"), ["paper"], after_set_up=after_set_up)
    assert run.SET_UP == clock.SET_UP
    monkeypatch.setenv(run.SET_UP, given[0].get(run.SET_UP, ""))
    began_s, process_s = clock.work_began_s(), clock.process_started_s()
    assert began_s == pytest.approx(run.time.monotonic() if after_set_up else process_s, abs=0.05)


@pytest.mark.parametrize("module", ["contextlib", "subprocess", "typing"])
def test_ctrl_c_while_it_is_imported_is_one_line(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text("raise KeyboardInterrupt\n")
    done = interrupted(tmp_path, "status")
    assert (done.returncode, done.stderr) == (130, "stopped by Ctrl-C before it began\n")


def test_ctrl_c_while_set_up_is_looked_for_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "shutil.py").write_text("def which(name):\n    raise KeyboardInterrupt\n")
    done = interrupted(tmp_path, "status")
    assert (done.returncode, done.stderr) == (130, "stopped by Ctrl-C before it began\n")


@pytest.mark.skipif(os.name == "nt", reason="there the first process waits, and hears it")
def test_ctrl_c_while_python_begins_again_waits_until_it_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    masks: list[set[int]] = []

    def execve(*_: object) -> None:
        masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))
        raise InterruptedError

    monkeypatch.setattr(run.os, "execve", execve)
    with pytest.raises(InterruptedError):
        run.hand_over(Path("python"), ["paper"])
    assert signal.SIGINT in masks[0]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    # As it is handed over: Ctrl-C came, and waits.
    begin = "import os, signal as s, sys; s.pthread_sigmask(s.SIG_BLOCK, {s.SIGINT}); os.kill(os.getpid(), s.SIGINT); "
    begin += "os.execv(sys.executable, [sys.executable, 'run.py', '--help'])"
    done = subprocess.run([sys.executable, "-c", begin], cwd=run.ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "stopped by Ctrl-C before it began\n")


def test_other_faults_keep_their_traceback(tmp_path: Path) -> None:
    (tmp_path / "subprocess.py").write_text("raise ValueError(7)\n")
    done = interrupted(tmp_path, "status")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "ValueError: 7")


def interrupted(modules: Path, verb: str) -> subprocess.CompletedProcess[str]:
    """A start that finds these modules before the standard library's; without site, which imports some first."""
    command = [sys.executable, "-S", str(run.ROOT / "run.py"), verb]
    variables = {**os.environ, "PYTHONPATH": str(modules), "BOT_NO_BOOTSTRAP": ""}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def test_an_image_may_bring_its_own_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_NO_BOOTSTRAP", "1")
    monkeypatch.setattr(run, "start", len)
    monkeypatch.setattr(run, "bootstrap", lambda *_: pytest.fail("set up all the same"))
    assert run.main(["paper", "--plain"]) == 2


def test_help_needs_no_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOT_NO_BOOTSTRAP", raising=False)
    monkeypatch.setattr(run, "start", lambda _: 0)
    monkeypatch.setattr(run, "bootstrap", lambda *_: pytest.fail("set up all the same"))
    assert run.main(["paper", "--help"]) == 0


def test_help_that_needs_packages_sets_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: list[str]) -> int:
        raise ModuleNotFoundError("rich")

    monkeypatch.delenv("BOT_NO_BOOTSTRAP", raising=False)
    monkeypatch.setattr(run, "start", start)
    monkeypatch.setattr(run, "bootstrap", lambda *_: 7)
    assert run.main(["--help"]) == 7


def test_bytecode_is_kept_whatever_the_shell_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    variables = run.environment_variables()
    assert "PYTHONDONTWRITEBYTECODE" not in variables
    assert variables["UV_COMPILE_BYTECODE"] == "1"


def test_only_the_standard_library_is_imported_at_the_top() -> None:
    """Isolated and without site-packages: what a fresh machine has."""
    script = f"import sys; sys.path.insert(0, {str(run.ROOT)!r}); import run"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
