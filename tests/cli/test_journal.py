"""`run.py journal` as a person runs it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from framework.cli import DONE, FAILED, USAGE, journal, main
from framework.kernel.clock import ManualClock
from framework.kernel.journal import Chain, GroupJournal, JournalWriter
from framework.kernel.records import Turn
from tests.kernel.journal.chained import turns
from tests.kernel.journal.examples import RECORDS, written


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    written(folder / "journal.bin", *RECORDS)
    return folder


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_verify_says_whole(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "verify", str(run_folder)]) == DONE
    out = capsys.readouterr().out
    assert "closed" in out
    assert f"journal.bin: whole, {len(RECORDS)} records in 1 segment\n" in out
    assert main(["journal", "verify", str(run_folder), "--json"]) == DONE
    found = json.loads(capsys.readouterr().out)
    assert (found["is_whole"], found["findings"], found["records"]) == (True, [], len(RECORDS))


def test_verify_names_file_byte_and_remedy(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flip(run_folder / "journal.bin", 150)
    assert main(["journal", "verify", str(run_folder)]) == FAILED
    out = capsys.readouterr().out
    assert f"{run_folder}/journal.bin, byte " in out
    assert "found a wrong checksum\n  remedy: restore it from a copy" in out
    assert "DAMAGED, 1 finding, " in out
    assert main(["journal", "verify", str(run_folder), "--json"]) == FAILED
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["offset"] < 150


def test_tail_shows_the_last_records(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "tail", "-n", "2", str(run_folder)]) == DONE
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()] == ["stop", "checkpoint"]
    assert main(["journal", "tail", "--json", "-n", "1", str(run_folder)]) == DONE
    assert json.loads(capsys.readouterr().out)["kind"] == "checkpoint"
    assert main(["journal", "tail", "-n", "0", str(run_folder)]) == DONE
    assert capsys.readouterr().out == ""


def test_tail_follows_until_the_journal_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = JournalWriter(tmp_path / "journal.bin", "r1")
    writer.write(Turn(1, 1))
    writer.flush()
    numbers = iter((2, 3))

    def pause() -> None:
        number = next(numbers, None)
        if number is None:
            writer.close()
            return
        writer.write(Turn(number, number))
        writer.flush()

    monkeypatch.setattr(journal, "pause", pause)
    assert main(["journal", "tail", "-f", "--json", str(tmp_path)]) == DONE
    assert [json.loads(line)["ts_ns"] for line in capsys.readouterr().out.splitlines()] == [1, 2, 3]


def test_export_gives_every_record(run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "export", str(run_folder)]) == DONE
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["number"] for line in lines] == list(range(1, len(RECORDS) + 1))
    assert main(["journal", "export", "--json", str(run_folder)]) == DONE
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == lines
    out = tmp_path / "out.csv"
    assert main(["journal", "export", "--format", "csv", "--kind", "order", "--out", str(out), str(run_folder)]) == DONE
    (row,) = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
    assert (row["number"], row["client_order_id"]) == ("4", "id-1")


def test_fills_are_a_csv_with_numbers_that_a_spreadsheet_takes(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["journal", "fills", str(run_folder)]) == DONE
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert (row["strategy"], row["order"], row["fee"]) == ("mm", "id-1", "0.0006165512")
    assert main(["journal", "fills", str(run_folder), "--json"]) == DONE
    assert json.loads(capsys.readouterr().out) == row
    out = tmp_path / "fills.csv"
    assert main(["journal", "fills", str(run_folder), "--out", str(out)]) == DONE
    assert len(out.read_text().splitlines()) == 2
    assert main(["journal", "fills", str(run_folder), "--out", str(out)]) == USAGE
    assert "expected to write a new file" in capsys.readouterr().err


def test_compress_makes_old_segments_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    group = GroupJournal(Chain(tmp_path / "journal", "r1", ManualClock(), segment_bytes=2_000), halt=pytest.fail)
    for record in turns(1, 200):
        group.write(record)
    group.drain()
    group.close()
    assert main(["journal", "compress", str(tmp_path)]) == DONE
    assert "1 segment, " in capsys.readouterr().out
    assert main(["journal", "compress", "--json", str(tmp_path)]) == DONE
    assert json.loads(capsys.readouterr().out)["segments"] == 0
    assert (tmp_path / "journal" / "journal-000001.bin.gz").is_file()
    assert main(["journal", "verify", str(tmp_path)]) == DONE
    assert main(["journal", "export", str(tmp_path)]) == DONE
    assert len(capsys.readouterr().out.splitlines()) > 200
    assert main(["journal", "tail", "-n", "150", "--json", str(tmp_path)]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["ts_ns"] for line in lines] == list(range(51, 201))


def test_one_file_is_not_compressed(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "compress", str(run_folder)]) == FAILED
    assert "expected a daemon's folder of segments, found one file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["export", "--kind", "ordr"], USAGE, "--kind ordr: no such record; did you mean 'order'?"),
        (["export", "--out", "/"], USAGE, "--out /: expected to write a new file, found: "),
        (["verify", "--json", "nowhere"], USAGE, "journal nowhere: expected a run's folder or a journal's file"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    run_folder: Path, arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = arguments if arguments[-1] == "nowhere" else [*arguments, str(run_folder)]
    assert main(["journal", *asked]) == code
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize("arguments", [[], ["look", "x"], ["tail", "-n", "x", "y"], ["verify"]])
def test_wrong_usage_is_said_with_its_code(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["journal", *arguments])
    assert left.value.code == USAGE
    assert "--help" in capsys.readouterr().err


def test_a_journal_without_a_record_is_not_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "journal.bin").touch()
    assert main(["journal", "verify", str(tmp_path)]) == FAILED
    assert "EMPTY (the run ended before its first record)" in capsys.readouterr().out
    assert main(["replay", str(tmp_path)]) == FAILED
    assert "found none: the run ended before its first one" in capsys.readouterr().err
