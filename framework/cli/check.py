"""`run.py check`: every fault of all plugins and settings at once, with file and line."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from framework.model.counting import counted

if TYPE_CHECKING:
    from framework.plugins import Library
    from framework.plugins.check import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument(
        "--config", type=Path, action="append", metavar="FILE", help="settings to check (default: every config/*.toml)"
    )
    parser.add_argument(
        "--strategies", type=Path, default=Path("strategies"), metavar="FOLDER", help="where plugins are"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def run(args: argparse.Namespace) -> int:
    """Print what was found; 0 when nothing but warnings was, else 1."""
    from framework.kernel.screen import say
    from framework.plugins import Library
    from framework.plugins.check import Finding, check_plugins, check_settings

    files = args.config or settings_in(Path("config"))
    with contextlib.redirect_stdout(sys.stderr):  # plugins are imported: what they print is not ours
        library = Library(args.strategies)
        findings = check_plugins(library)
        for file in files:
            findings += check_settings(file, library) or check_run(file, library)
    findings = list(dict.fromkeys(findings))  # what is wrong with a variable is wrong for every file
    if not files and not args.strategies.is_dir():
        fix = "go to the folder of the bot first, or name them by --config and --strategies"
        findings.append(
            Finding("config", 0, f"nothing to check: no settings there, no plugins in {args.strategies}", fix)
        )
    errors = sum(not finding.is_warning for finding in findings)
    if args.json:
        print(_as_json(findings, errors))
    else:
        summary = _summary(errors, len(findings) - errors, files)
        say("\n".join([*(finding.text for finding in findings), summary]))
    return 1 if errors else 0


def check_run(file: Path, library: Library) -> list[Finding]:
    """What a start would find: asked only where the settings have no other fault, and the plugins can be used."""
    from framework.app.rehearsal import rehearse
    from framework.config import load_config
    from framework.model.errors import ConfigError, DataError, PluginError
    from framework.plugins.check import Finding

    config, name = load_config(file, takes_keys=True), file.as_posix()
    try:
        return [
            Finding(name, 0, f"{strategy} would be put aside at its start: {why}")
            for strategy, why in rehearse(config, library)
        ]
    except PluginError:
        return []  # told of where the plugin stands
    except (ConfigError, DataError) as error:
        return [Finding(name, 0, line.removeprefix(f"{name}: ")) for line in str(error).splitlines()]


def settings_in(folder: Path) -> list[Path]:
    """The settings files of a folder; local ones are read with the file they are laid over."""
    return [file for file in sorted(folder.glob("*.toml")) if not file.name.endswith(".local.toml")]


def _as_json(findings: Sequence[Finding], errors: int) -> str:
    listed = [
        {
            "file": finding.file,
            "line": finding.line,
            "what": finding.what,
            "fix": finding.fix,
            "severity": "warning" if finding.is_warning else "error",
        }
        for finding in findings
    ]
    return json.dumps({"faults": listed, "errors": errors, "warnings": len(findings) - errors})


def _summary(errors: int, warnings: int, files: Sequence[Path]) -> str:
    checked = ", ".join(file.as_posix() for file in files) or "no settings file"
    if not errors and not warnings:
        return f"No fault in the plugins and in {checked}."
    return f"{counted(errors, 'fault')}, {counted(warnings, 'warning')} in the plugins and in {checked}."
