"""`tape.toml`: what it may say, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.data.catalogue import BUNDLED
from framework.data.descriptor import Descriptor, Format, Recording, descriptor_of
from framework.model.errors import DataError
from tests.data.conftest import TAPE_TOML


def read(folder: Path, toml: str) -> Descriptor:
    (folder / "tape.toml").write_text(toml)
    return descriptor_of(folder)


def test_what_it_says_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, TAPE_TOML) == Descriptor(
        title="Mine",
        licence="none",
        format=Format.TICKS,
        symbols=(Recording(symbol="BTC/USDT", path="ticks.csv", price_digits=1, end_us=10),),
        start_epoch_us=1723161253937085,
    )


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in BUNDLED.glob("*/tape.toml")), ids=lambda path: path.name
)
def test_the_bundled_ones_say_where_the_data_is_from(folder: Path) -> None:
    descriptor = descriptor_of(folder)
    assert descriptor.source
    assert descriptor.recorded_at
    assert descriptor.licence
    assert all((folder / recording.path).exists() for recording in descriptor.symbols)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Mine"', "", "missing required field `title`"),
        ('"Mine"', '""', "Expected `str` of length >= 1 - at `$.title`"),
        ('"ticks"', '"tiks"', "Invalid enum value 'tiks'"),
        ("price_digits = 1", 'price_digits = "1"', "Expected `int`, got `str` - at `$.symbols[0].price_digits`"),
        ("price_digits = 1", "price_digit = 1", "unknown field `price_digit`"),
        ("price_digits = 1", "price_digits = 99", "Expected `int` <= 18"),
        ('"Mine"', "", "Invalid value"),
        (
            "start_epoch_us = 1723161253937085",
            "",
            "expected start_epoch_us (UTC microseconds of t_us 0), found none; add it",
        ),
        ("[[symbols]]", "[[symbols]]\nsymbol = 'BTC/USDT'\npath = 'x'\n[[symbols]]", "expected each symbol once"),
        ("[[symbols]]", "[other]", "tape.toml: Object"),
    ],
)
def test_a_wrong_one_names_file_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TAPE_TOML
    with pytest.raises(DataError) as caught:
        read(tmp_path, TAPE_TOML.replace(old, new, 1))
    assert message in str(caught.value)
    assert str(tmp_path / "tape.toml") in str(caught.value)


def test_one_that_is_no_text_or_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"tape\.toml: expected a recording, found nothing there"):
        descriptor_of(tmp_path)
    (tmp_path / "tape.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"tape\.toml: 'utf-8' codec"):
        descriptor_of(tmp_path)
