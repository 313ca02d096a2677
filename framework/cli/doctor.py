"""`run.py doctor`: settings, limits, budget, disk, venue, key, account and clock, one after the other. 1: there is a fault."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from framework.kernel.screen import TEXT_WIDTH, say, text_width

if TYPE_CHECKING:
    from framework.app.doctor import DoctorStep

DEFAULT: Final = Path("config/live.toml")
MARKS: Final = {"good": "ok   ", "fault": "FAULT", "skipped": "-    "}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("--config", type=Path, default=DEFAULT, metavar="FILE", help=f"settings (default: {DEFAULT})")
    parser.add_argument(
        "--secrets", type=Path, metavar="FOLDER", help="folder of the key's files (default: $BOT_SECRETS)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def run(args: argparse.Namespace) -> int:
    """Say each step as it is done; 0 when none has a fault, else 1."""
    from framework.app.doctor import Doctor, State, doctor_facts

    steps: list[DoctorStep] = []
    doctor = Doctor(args.config, args.secrets)
    told = doctor.examine()
    while True:
        with contextlib.redirect_stdout(sys.stderr):  # plugins are imported: what they print is not ours
            step = next(told, None)
        if step is None:
            break
        steps.append(step)
        if not args.json:
            say("\n".join(step_lines(step, text_width())))
    faults = sum(step.state is State.FAULT for step in steps)
    if args.json:
        print(json.dumps(doctor_facts(steps)))
    else:
        say(f"{faults} of {len(steps)} steps to mend." if faults else "Nothing to mend.")
    return int(bool(faults))


def step_lines(step: DoctorStep, width: int) -> list[str]:
    """A step, for people: what was found beside its name, or below it on a narrow screen."""
    mark = MARKS[step.state.value]
    if width < TEXT_WIDTH:
        return [f"{mark} {step.name}", *(f"  {text}" for text in step.texts)]
    first, *more = step.texts or ("",)
    return [f"{mark} {step.name:<9} {first}", *(f"{'':<15} {text}" for text in more)]
