"""`run.py journal verify|tail|export|fills|compress`: is a journal whole, what does it say, give it away, make it small."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final, TextIO

from framework.kernel.screen import say

if TYPE_CHECKING:
    from pathlib import Path

    from framework.kernel.journal.inspection import Inspection
    from framework.reports.records import Numbered

POLL_S: Final = 0.25
WHOLE: Final = 0
DAMAGED: Final = 1

EXITS: Final = (
    "exit codes: 0 whole, or done; 1 damaged, incomplete, empty, or it cannot be read; 2 wrong usage; 130 Ctrl-C"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What journal takes."""
    parser.epilog = EXITS
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="look at every byte: is it whole, is a part missing?", epilog=EXITS)
    verify.add_argument("--json", action="store_true", help="one JSON object on standard output")
    tail = actions.add_parser("tail", help="the last records, and those that come", epilog=EXITS)
    tail.add_argument("-n", type=_count, default=20, metavar="N", help="how many of the last (default: 20)")
    tail.add_argument("--follow", "-f", action="store_true", help="go on with what is written, until Ctrl-C")
    tail.add_argument("--json", action="store_true", help="one JSON object a line")
    export = actions.add_parser("export", help="every record as JSON lines or csv", epilog=EXITS)
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="default: jsonl")
    export.add_argument("--json", dest="format", action="store_const", const="jsonl", help="one JSON object a line")
    export.add_argument("--kind", action="append", metavar="KIND", help="only these: order, report, request, ...")
    fills = actions.add_parser("fills", help="every fill as csv, for spreadsheets and tax programs", epilog=EXITS)
    fills.add_argument("--json", action="store_true", help="one JSON object a line")
    for writes in (export, fills):
        writes.add_argument("--out", metavar="FILE", help="a new file instead of standard output")
    compress = actions.add_parser("compress", help="make old segments of a daemon's journal small", epilog=EXITS)
    compress.add_argument("--json", action="store_true", help="one JSON object on standard output")
    for action in (verify, tail, export, fills, compress):
        action.add_argument("run", metavar="RUN", help="a run's folder, a journal's folder or file, or last")
        action.add_argument("--folder", metavar="DIR", default="var", help="where runs are kept (default: var)")


def run(args: argparse.Namespace) -> int:
    """Do what was asked. 0 done and whole, 1 damaged."""
    from pathlib import Path

    from framework.kernel.journal.places import find_journal, run_named

    journal = find_journal(run_named(args.run, Path(args.folder)))
    if args.action == "verify":
        return _verify(journal, is_json=args.json)
    if args.action == "tail":
        return _tail(journal, args)
    if args.action == "compress":
        return _compress(journal, is_json=args.json)
    return _fills(journal, args.out, is_json=args.json) if args.action == "fills" else _export(journal, args)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, found {text!r}")
    return int(text[:9])


def _verify(journal: Path, *, is_json: bool) -> int:
    from framework.kernel.journal.inspection import inspect_journal

    found = inspect_journal(journal)
    if is_json:
        print(_as_json(found))
    else:
        _show(found)
    return WHOLE if found.is_whole and found.records else DAMAGED


def _as_json(found: Inspection) -> str:
    import json
    from dataclasses import asdict

    return json.dumps({**asdict(found), "is_whole": found.is_whole, "records": found.records}, ensure_ascii=False)


def _show(found: Inspection) -> None:
    from pathlib import PurePath

    from framework.model.counting import counted
    from framework.ops.tables import show_table
    from framework.reports.words import clean

    columns = ("SEGMENT", "FILE", "RUN", "RECORDS", "BYTES", "LEFT OUT", "STATE")
    rows = [
        (str(one.number), PurePath(one.file).name, clean(one.run_id), f"{one.records:,}", f"{one.size_bytes:,}",
         f"{one.left_out_bytes:,}" if one.left_out_bytes else "", one.state + (", thinned" if one.is_thinned else ""))
        for one in found.segments
    ]  # fmt: skip
    show_table(columns, rows, right=("SEGMENT", "RECORDS", "BYTES", "LEFT OUT"))
    for one in found.findings:
        was = f", found {one.found}" if one.found else ""
        say(f"{one.file}, byte {one.offset:,}: expected {one.expected}{was}\n  remedy: {one.remedy}")
    word = "whole" if found.is_whole else f"DAMAGED, {counted(len(found.findings), 'finding')}"
    if found.is_whole and not found.records:
        word = "EMPTY (the run ended before its first record)"
    records, segments = counted(found.records, "record"), counted(len(found.segments), "segment")
    say(f"journal {found.journal}: {word}, {records} in {segments}")


def _tail(journal: Path, args: argparse.Namespace) -> int:
    from collections import deque

    from framework.kernel.journal.follow import Follower
    from framework.reports.records import Numbering, json_line, record_line

    follower, number = Follower(journal), Numbering()
    rows: Iterable[Numbered] = deque(map(number, follower.new()), maxlen=args.n)
    while True:
        for row in rows:
            if args.json:
                print(json_line(row))
            else:
                say(record_line(row))
        sys.stdout.flush()
        if not args.follow or follower.is_over:
            return WHOLE
        pause()
        rows = map(number, follower.new())


def pause() -> None:
    """Between two looks at a journal that is written."""
    from threading import Event

    Event().wait(POLL_S)


def _export(journal: Path, args: argparse.Namespace) -> int:
    from framework.kernel.journal.places import records_of
    from framework.reports.records import Numbering, csv_lines, json_line, kind_of

    wanted = _kinds(args.kind or ())
    rows = (row for row in map(Numbering(), records_of(journal)) if not wanted or kind_of(row.record) in wanted)
    lines = csv_lines(rows) if args.format == "csv" else map(json_line, rows)
    with _target(args.out) as file:
        file.writelines(f"{line}\n" for line in lines)
    return WHOLE


def _fills(journal: Path, out: str | None, *, is_json: bool) -> int:
    from framework.app.journaled_fills import FillRow, fills_of
    from framework.kernel.journal.places import records_of
    from framework.reports.encoding import json_text
    from framework.reports.records import csv_line

    rows = fills_of(records_of(journal))
    lines = (json_text(row._asdict()) for row in rows) if is_json else map(csv_line, chain([FillRow._fields], rows))
    with _target(out) as file:
        file.writelines(f"{line}\n" for line in lines)
    return WHOLE


def _compress(journal: Path, *, is_json: bool) -> int:
    import json

    from framework.kernel.journal.compression import compress_segments
    from framework.model.counting import counted
    from framework.model.errors import DataError

    if not journal.is_dir():
        raise DataError(f"journal {journal}: expected a daemon's folder of segments, found one file of a tape run")
    try:
        done = compress_segments(journal)
    except OSError as error:
        raise DataError(f"journal {journal}: not compressed, {error.strerror or error}; nothing is lost") from error
    if is_json:
        print(json.dumps({"journal": str(journal), **done._asdict()}))
        return WHOLE
    say(f"journal {journal}: {counted(done.segments, 'segment')}, {done.before_bytes:,} -> {done.after_bytes:,} bytes")
    return WHOLE


def _kinds(asked: Iterable[str]) -> set[str]:
    from framework.model.errors import ConfigError
    from framework.model.spelling import nearest
    from framework.reports.records import KINDS

    for kind in asked:
        if kind not in KINDS:
            raise ConfigError(f"--kind {kind}: no such record{nearest(kind, KINDS)}; there are {', '.join(KINDS)}")
    return set(asked)


@contextlib.contextmanager
def _target(out: str | None) -> Iterator[TextIO]:
    """Standard output, or a new file."""
    from pathlib import Path

    from framework.model.errors import ConfigError

    if not out:
        yield sys.stdout
        return
    try:
        with Path(out).open("x", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise ConfigError(f"--out {out}: expected to write a new file, found: {error.strerror or error}") from error
