"""Report pages of made-up runs, and a parser for them."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

from framework.model.events import ReportKind
from framework.reports.html import render
from framework.reports.summary import summarise
from tests.reports.synthetic import BTC, SECOND_NS, START_NS, Run

EVIL = "</script><img src=x onerror=alert(1)>\"'&\x1b[2J\u202e<!--"


def page_of(run: Run, **changes: Any) -> str:
    values: dict[str, Any] = {"duration_s": 66.0, "stopped_by": "end of tape", "ledger_difference": {}}
    return render(run.session, summarise(run.session, **{**values, "journal_sha256": "ab" * 32, **changes}))


class Page(HTMLParser):
    """Elements, their attributes, and the text of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._inside: str = ""
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            attributes, text = self.scripts.pop()
            self.scripts.append((attributes, text + data))
        elif self._inside != "style":
            self.text += data

    @property
    def data(self) -> dict[str, Any]:
        block: dict[str, Any] = json.loads(self.scripts[0][1])
        return block


def evil_run() -> Run:
    run = Run([EVIL, "mm"], tape=EVIL, rules=EVIL, run_id=EVIL, strategies={EVIL: EVIL}, assumptions=(EVIL,))
    for second in range(5):
        run.now_ns = START_NS + second * SECOND_NS
        run.quote(BTC, 61_600 + second)
        run.session.plotted(EVIL, EVIL, run.now_ns, second)
        run.session.sample(run.now_ns)
    order = run.order(EVIL, tag=EVIL)
    run.send(order)
    run.fill(order)
    run.end(run.order(EVIL), ReportKind.REJECTED, EVIL, EVIL)
    run.session.quarantined(EVIL, run.now_ns, EVIL)
    return run
