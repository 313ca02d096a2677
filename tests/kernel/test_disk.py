"""The disk port: small files are replaced whole or not at all, and the simulated disk is as unkind as a real one."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from framework.kernel import disk as disk_module
from framework.kernel.disk import Disk, RealDisk, durable_replace
from tests.simulation.disk import SimulatedDisk

FOLDER = Path("state")
LATCH = FOLDER / "latch"


@pytest.fixture
def simulated() -> SimulatedDisk:
    disk = SimulatedDisk()
    disk.make_folder(FOLDER)
    return disk


def on(disk: Disk, folder: Path) -> None:
    """What both disks do alike."""
    path = folder / "a" / "file"
    with pytest.raises(FileNotFoundError):
        disk.create(path)
    disk.make_folder(path.parent)
    file = disk.create(path)
    file.append(b"one")
    file.append(b"two")
    file.sync()
    assert disk.read(path) == b"onetwo"
    assert disk.read(path, 2) == b"on"
    assert disk.size_bytes(path) == 6
    with pytest.raises(FileExistsError):
        disk.create(path)
    file.close()
    file.close()
    disk.sync_folder(path.parent)
    disk.replace(path, path.with_name("other"))
    assert disk.names(path.parent) == ["other"]
    disk.remove(path.with_name("other"))
    assert disk.names(path.parent) == []
    assert disk.names(folder / "none") == []
    with pytest.raises(FileNotFoundError):
        disk.remove(path)
    with pytest.raises(FileNotFoundError):
        disk.read(path)


def test_the_real_disk_does_what_the_port_says(tmp_path: Path) -> None:
    on(RealDisk(), tmp_path)


def test_the_simulated_disk_does_what_the_port_says() -> None:
    on(SimulatedDisk(), Path("here"))


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Unix")
def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    RealDisk().create(tmp_path / "file").close()
    assert (tmp_path / "file").stat().st_mode & 0o077 == 0


@pytest.mark.fault("P13")
def test_what_is_durable_where_nobody_finds_it_is_no_file(tmp_path: Path) -> None:
    def moved(path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        path.parent.rename(tmp_path / "elsewhere" / "folder")

    def replaced(path: Path) -> None:
        path.with_name("copy").write_bytes(path.read_bytes())
        path.with_name("copy").replace(path)

    for number, (happens, words) in enumerate(
        ((Path.unlink, "removed or moved"), (moved, "removed or moved"), (replaced, "another file"))
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        file = RealDisk().create(folder / "file")
        file.append(b"one")
        file.sync()
        happens(folder / "file")
        file.append(b"two")
        with pytest.raises(FileNotFoundError, match=words):
            file.sync()
        file.close()


def test_a_short_write_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = RealDisk().create(tmp_path / "file")
    write = os.write
    monkeypatch.setattr(disk_module.os, "write", lambda fd, data: write(fd, bytes(data)[:2]))
    file.append(b"12345")
    file.close()
    assert (tmp_path / "file").read_bytes() == b"12345"


def test_a_replaced_file_holds_the_new_bytes(tmp_path: Path) -> None:
    for data in (b"one", b"", b"three"):
        durable_replace(tmp_path / "latch", data)
        assert (tmp_path / "latch").read_bytes() == data
    assert RealDisk().names(tmp_path) == ["latch"]


def test_what_a_crash_left_beside_it_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "latch.new").write_bytes(b"torn")
    durable_replace(tmp_path / "latch", b"whole")
    assert RealDisk().names(tmp_path) == ["latch"]
    assert (tmp_path / "latch").read_bytes() == b"whole"


def test_what_was_replaced_survives_every_crash(simulated: SimulatedDisk) -> None:
    for number in range(5):
        durable_replace(LATCH, b"%d" % number, simulated)
        for seed in range(50):
            assert simulated.crash(random.Random(seed)).read(LATCH) == b"%d" % number


class Stopped(Exception):
    """The process dies here."""


@pytest.mark.parametrize("step", range(6))
def test_a_crash_at_any_step_leaves_the_old_bytes_or_the_new_ones(simulated: SimulatedDisk, step: int) -> None:
    durable_replace(LATCH, b"old bytes", simulated)
    steps = iter(range(step + 1))

    class Dying:
        """The simulated disk, and the process dies after a number of calls."""

        def __getattr__(self, name: str) -> object:
            if next(steps, None) is None:
                raise Stopped
            return getattr(simulated, name)

    finished = True
    try:
        durable_replace(LATCH, b"new bytes", Dying())  # type: ignore[arg-type]  # it is one, by delegation
    except Stopped:
        finished = False
    for seed in range(100):
        found = simulated.crash(random.Random(seed)).read(LATCH)
        assert found in ({b"new bytes"} if finished else {b"old bytes", b"new bytes"})


@pytest.mark.parametrize("room", range(9))
def test_a_full_disk_leaves_the_old_bytes(simulated: SimulatedDisk, room: int) -> None:
    durable_replace(LATCH, b"old bytes", simulated)
    simulated.faults.room_bytes = room
    with pytest.raises(OSError, match="No space left"):
        durable_replace(LATCH, b"new bytes", simulated)
    assert simulated.read(LATCH) == b"old bytes"
    assert simulated.crash(random.Random(1)).read(LATCH) == b"old bytes"


def test_a_failed_sync_leaves_the_old_bytes(simulated: SimulatedDisk) -> None:
    durable_replace(LATCH, b"old bytes", simulated)
    simulated.faults.failing_syncs = 1
    with pytest.raises(OSError, match="Input/output error"):
        durable_replace(LATCH, b"new bytes", simulated)
    assert simulated.read(LATCH) == b"old bytes"
    durable_replace(LATCH, b"new bytes", simulated)
    assert simulated.read(LATCH) == b"new bytes"


# The simulated disk itself.


def test_unsynced_bytes_are_torn_at_every_place(simulated: SimulatedDisk) -> None:
    file = simulated.create(LATCH)
    simulated.sync_folder(FOLDER)
    file.append(b"durable ")
    file.sync()
    file.append(b"pending")
    seen = {simulated.crash(random.Random(seed)).read(LATCH).rstrip(b"\0") for seed in range(400)}
    assert seen == {b"durable pending"[:length].rstrip(b"\0") for length in range(8, 16)}


def test_a_name_that_was_not_synced_may_be_lost(simulated: SimulatedDisk) -> None:
    simulated.create(LATCH)
    seen = {tuple(simulated.crash(random.Random(seed)).names(FOLDER)) for seed in range(20)}
    assert seen == {(), ("latch",)}


def test_a_sync_after_a_failed_one_says_nothing(simulated: SimulatedDisk) -> None:
    file = simulated.create(LATCH)
    simulated.sync_folder(FOLDER)
    file.append(b"lost")
    simulated.faults.failing_syncs = 1
    with pytest.raises(OSError, match="Input/output error"):
        file.sync()
    file.sync()
    assert simulated.read(LATCH) == b"lost"
    assert simulated.crash(random.Random(1)).read(LATCH) == b""
