"""The run report: ONE HTML file that opens offline, from a disk, a mail or a phone."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from string import Template
from typing import Final

from framework.model.errors import DataError
from framework.reports import dealings, drawings, overview
from framework.reports.curves import chart_block
from framework.reports.page import shown
from framework.reports.session import Session
from framework.reports.summary import Summary

ASSETS: Final = Path(__file__).parent / "assets"


def write_report(path: Path, session: Session, summary: Summary) -> None:
    """Write the report, whole or not at all.

    Raises:
        DataError: it cannot be written there; the message names the path and the cause.
    """
    page = render(session, summary).encode("utf-8", "backslashreplace")
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(page)
        part.replace(path)
    except OSError as error:
        _remove(part)
        raise DataError(
            f"report {path}: expected to write {len(page):,} bytes there, found {error.strerror or error}; "
            f"free some space or choose a folder that may be written to (the journal has everything)"
        ) from error


def _remove(part: Path) -> None:
    """Leave no half file behind, where the disk lets us."""
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return


def render(session: Session, summary: Summary) -> str:
    """The page as text."""
    chart_script, script = asset("uPlot.iife.min.js"), asset("report.js")
    slots = {
        "title": shown(f"{summary.mode.capitalize()} run {summary.run_id}"),
        "script_hashes": f"{allowed_script(chart_script)} {allowed_script(script)}",
        "chart_style": asset("uPlot.min.css"),
        "style": asset("report.css"),
        "chart_script": chart_script,
        "script": script,
        "data": chart_block(session),
        "head": overview.head(session, summary),
        "figures": overview.figures(session, summary),
        "basis": overview.basis(session, summary),
        "prices": drawings.prices(session),
        "profit": drawings.profit(session, summary),
        "equity": drawings.equity(session, summary),
        "plots": drawings.plots(session),
        "orders": dealings.orders(session, summary),
        "refusals": dealings.refusals(session),
        "requests": dealings.requests(session, summary),
        "facts": overview.facts(session, summary),
        "foot": overview.foot(asset("uPlot.LICENSE")),
    }
    return Template(asset("report.html")).substitute(slots)


def asset(name: str) -> str:
    """A file that is part of the page."""
    return (ASSETS / name).read_text(encoding="utf-8")


def allowed_script(script: str) -> str:
    """What the page's policy lets run: this text and no other, so that no foreign text ever runs as a script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
