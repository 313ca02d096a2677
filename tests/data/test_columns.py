"""Which column is what."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.data.columns import columns_of
from framework.data.defects import Unusable
from framework.model.errors import DataError

WANTED = ["1577836800", "1", "3", "0.5", "2", "9"]


def cells(path: Path, header: str, row: str) -> list[str]:
    path.write_text(f"{header}\n{row}\n" if header else f"{row}\n")
    return columns_of(path).cells(row)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("timestamp,open,high,low,close,volume", "1577836800,1,3,0.5,2,9"),
        ("Date;Open;High;Low;Close;Volume", "1577836800;1;3;0.5;2;9"),
        ("VOLUME,CLOSE,LOW,HIGH,OPEN,Open Time", "9,2,0.5,3,1,1577836800"),
        ("id,ts,o,h,l,c,v,trades", "7,1577836800,1,3,0.5,2,9,100"),
        ('"time","open","high","low","close","volume"', '"1577836800","1","3","0.5","2","9"'),
        ("\ttime\topen\thigh\tlow\tclose\tvolume".lstrip(), "1577836800\t1\t3\t0.5\t2\t9"),
        ("Unix,Open,High,Low,Close,Volume USDT,Volume BTC", "1577836800,1,3,0.5,2,18,9"),
        ("Time,Open,High,Low,Close,Volume (ETH)", "1577836800,1,3,0.5,2,9"),
        ("timestamp,open,high,low,close,baseVolume,usdtVolume,quoteVolume", "1577836800,1,3,0.5,2,9,18,18"),
        ("https://www.example.com\nunix,open,high,low,close,Volume BTC,Volume USDT", "1577836800,1,3,0.5,2,9,18"),
        ("", "1577836800,1,3,0.5,2,9"),
        ("", "1577836800;1;3;0.5;2;9;more"),
    ],
)
def test_columns_are_found_in_any_case_order_and_separator(tmp_path: Path, header: str, row: str) -> None:
    assert cells(tmp_path / "a.csv", header, row) == WANTED


def test_of_two_times_the_epoch_counts(tmp_path: Path) -> None:
    assert (
        cells(tmp_path / "a.csv", "date,timestamp,open,high,low,close,volume", "Monday,1577836800,1,3,0.5,2,9")
        == WANTED
    )


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("timestamp,open,high,low,clse,volume", "close"),
        ("open,high,low,close,volume", "time"),
        ("hello", "time"),
        ("1577836800,1,3,abc,2,9", "time"),
        ("timestamp,open,high,low,close", "volume"),
        ("timestamp,open,high,low,close,Volume USDT", "volume"),
        ("timestamp,open,high,low,close,Volume BTC,Volume ETH", "volume"),
    ],
)
def test_a_corrupt_header_names_file_column_and_remedy(tmp_path: Path, header: str, missing: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(f"{header}\n1,2,3\n")
    with pytest.raises(
        DataError, match=rf"bad\.csv, line 1: expected a header with .*found no {missing} in.*name the column {missing}"
    ):
        columns_of(path)


def test_a_row_with_too_few_columns_is_unusable(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("timestamp,open,high,low,close,volume\n")
    with pytest.raises(Unusable, match="expected 6 columns, found 2"):
        columns_of(path).cells("1577836800,1")
