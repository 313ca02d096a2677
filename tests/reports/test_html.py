"""The run report: one file, offline, safe, complete."""

from __future__ import annotations

import base64
import errno
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from framework.model.errors import DataError
from framework.reports.html import render, write_report
from framework.reports.summary import summarise
from tests.reports.pages import EVIL, Page, evil_run, page_of
from tests.reports.synthetic import START_NS, Run, full_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_the_page_has_every_section_and_its_figures() -> None:
    page = page_of(full_run())
    text = Page(page).text
    for wanted in (
        "say nothing about profit",
        "prove nothing about profit",
        "Binance tape 2024-08-08",
        "queue fills",
        "20-60 ms",
        "maker 0.1 %",
        "10 times real speed",
        "net = price + spread - fees",
        "difference 0",
        "min_notional",
        "raise the size or notional of each order",
        "one by one",
        "place batch",
        "1f3a9c02",
        "ab" * 32,
        "python3 run.py replay var/runs/1f3a9c02",
        "3.11.7",
        "grid was put aside:",
        "Our own orders do not move the tape's market.",
        "Permission is hereby granted",
    ):
        assert wanted in text, wanted
    charts = [attributes["data-chart"] for _, attributes in Page(page).elements if "data-chart" in attributes]
    assert charts == ["price:0", "price:1", "nets", "equity", "drawdown", "plot:0", "plot:1"]


def test_the_page_loads_nothing_from_anywhere() -> None:
    for page in (page_of(full_run(60)), page_of(evil_run())):
        parsed = Page(page)
        for tag, attributes in parsed.elements:
            assert tag not in ("link", "iframe", "object", "embed", "base", "img"), tag
            assert "src" not in attributes
            assert not any(name.startswith("on") for name in attributes)
            assert (attributes.get("href") or "#").startswith("#")
        assert not re.search(r"url\(|@import|sourceMappingURL", page)
        policy = next(a["content"] for _, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy")
        assert policy is not None
        assert policy.startswith("default-src 'none'")
        # The one address in the page is the name of the chart library, in a comment.
        assert re.findall(r"https?://[^\s\"'<]+", page) == ["https://github.com/leeoniya/uPlot"]


def test_only_our_two_scripts_may_run() -> None:
    parsed = Page(page_of(evil_run()))
    policy = next(a["content"] for _, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "script-src 'sha256-" in policy
    assert [attributes.get("type") for attributes, _ in parsed.scripts] == ["application/json", None, None]
    for _, script in parsed.scripts[1:]:
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy


def test_foreign_text_stays_text() -> None:
    page = page_of(evil_run(), stopped_by=EVIL, ledger_difference={EVIL: EVIL}, journal=EVIL)
    assert "<img" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    parsed = Page(page)
    assert "<img src=x onerror=alert(1)>" in parsed.text
    assert "<" not in parsed.scripts[0][1]
    assert parsed.data["nets"][0]["name"].startswith("</script><img")


def test_a_run_without_anything_has_a_page() -> None:
    run = Run([], instruments=(), balances={}, ts_end_ns=0)
    run.session.close(START_NS)
    text = Page(page_of(run)).text
    for wanted in ("No order filled.", "No request was sent.", "nothing was refused", "No strategy ran."):
        assert wanted in text


def test_the_report_is_written_whole(tmp_path: Path) -> None:
    run = full_run(30)
    summary = summarise(run.session, duration_s=1.0, stopped_by="Ctrl-C", ledger_difference={})
    path = tmp_path / "deep" / "er" / "report.html"
    write_report(path, run.session, summary)
    assert path.read_text("utf-8") == render(run.session, summary)
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_a_full_disk_is_told_with_the_path_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, content: bytes) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    run = full_run(5)
    summary = summarise(run.session, duration_s=1.0, stopped_by="Ctrl-C", ledger_difference={})
    path = tmp_path / "report.html"
    with pytest.raises(DataError, match="No space left on device") as raised:
        write_report(path, run.session, summary)
    assert str(path) in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_told_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("not a folder")
    run = full_run(5)
    summary = summarise(run.session, duration_s=1.0, stopped_by="Ctrl-C", ledger_difference={})
    with pytest.raises(DataError, match=re.escape(str(tmp_path / "runs" / "report.html"))):
        write_report(tmp_path / "runs" / "report.html", run.session, summary)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine: the page's script was not run")
@pytest.mark.parametrize("kind", ["full", "evil", "empty", "short"])
def test_the_script_of_the_page_runs_to_its_end_without_a_word(tmp_path: Path, kind: str) -> None:
    runs = {"full": full_run, "evil": evil_run, "short": lambda: full_run(1), "empty": lambda: Run([], instruments=())}
    path = tmp_path / "report.html"
    path.write_text(page_of(runs[kind]()), "utf-8")
    assert CHROMIUM is not None
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --disable-dev-shm-usage --enable-logging=stderr --dump-dom"
    )
    command = [CHROMIUM, *flags.split(), f"--user-data-dir={tmp_path / 'profile'}", path.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True)
    said = [line for line in shown.stderr.splitlines() if "CONSOLE" in line]
    assert said == []
    assert 'data-ready="yes"' in shown.stdout
    assert shown.stdout.count("<canvas") == page_of(runs[kind]()).count("data-chart=")
