from __future__ import annotations

import os
from pathlib import Path

import pytest

from framework.gateway.key_files import KeyParts, read_key
from framework.model.errors import ConfigError

VALUES = {"key": "bg_0123", "secret": "topsecretvalue", "passphrase": "letmein99"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "secrets"
    place.mkdir(mode=0o700)
    for part, value in VALUES.items():
        write(place / f"bitget_{part}", value)
    return place


def write(path: Path, value: str) -> None:
    path.write_text(f"{value}\n", encoding="utf-8")
    path.chmod(0o600)


def parts(found: KeyParts) -> tuple[str, bytes, str]:
    return found.key, found.secret, found.passphrase


WHOLE = ("bg_0123", b"topsecretvalue", "letmein99")


def test_a_folder_of_files_is_read(folder: Path) -> None:
    assert parts(read_key("bitget", {}, folder)) == WHOLE


@pytest.mark.parametrize("name", ["CREDENTIALS_DIRECTORY", "BOT_SECRETS"])
def test_the_environment_may_name_the_folder(folder: Path, name: str) -> None:
    assert parts(read_key("bitget", {name: str(folder)})) == WHOLE


def test_the_environment_may_hold_the_key_itself() -> None:
    environment = {f"BOT_BITGET_{part.upper()}": value for part, value in VALUES.items()}
    assert parts(read_key("bitget", environment)) == WHOLE


def test_without_a_key_it_is_said_where_one_is_looked_for() -> None:
    with pytest.raises(ConfigError, match="bitget_passphrase in the folder that --secrets or BOT_SECRETS names"):
        read_key("bitget", {})


def spoil_mode(folder: Path) -> None:
    (folder / "bitget_secret").chmod(0o640)


def spoil_folder(folder: Path) -> None:
    folder.chmod(0o755)


def spoil_link(folder: Path) -> None:
    (folder / "bitget_secret").rename(folder / "elsewhere")
    (folder / "bitget_secret").symlink_to(folder / "elsewhere")


def spoil_pipe(folder: Path) -> None:
    (folder / "bitget_secret").unlink()
    os.mkfifo(folder / "bitget_secret", 0o600)


def spoil_missing(folder: Path) -> None:
    (folder / "bitget_secret").unlink()


def spoil_empty(folder: Path) -> None:
    write(folder / "bitget_passphrase", "")


def spoil_letters(folder: Path) -> None:
    write(folder / "bitget_key", "bg_\u00e9")


def spoil_size(folder: Path) -> None:
    write(folder / "bitget_secret", "x" * 20_000)


def spoil_git(folder: Path) -> None:
    (folder.parent / ".git").mkdir()


@pytest.mark.fault("O2")
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (spoil_mode, "expected mode 0600, found 0640"),
        (spoil_folder, "expected mode 0700, found 0755"),
        (spoil_link, "expected a file with a secret"),
        (spoil_pipe, "expected a regular file"),
        (spoil_missing, "bitget_secret: expected a file"),
        (spoil_empty, "expected a passphrase, found nothing"),
        (spoil_letters, "expected visible ASCII as the key"),
        (spoil_size, "at most 16384 bytes"),
        (spoil_git, "outside of a git tree"),
    ],
)
def test_what_others_could_read_or_nobody_can_use_is_refused(folder: Path, spoil, expected: str) -> None:
    spoil(folder)
    with pytest.raises(ConfigError, match=expected) as caught:
        read_key("bitget", {}, folder)
    assert not any(value in str(caught.value) for value in VALUES.values())


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found none that can be read"):
        read_key("bitget", {}, tmp_path / "nowhere")
    (tmp_path / "file").touch(0o600)
    with pytest.raises(ConfigError, match="found something else"):
        read_key("bitget", {}, tmp_path / "file")


def test_nothing_is_shown_and_a_pem_is_known_for_one() -> None:
    assert repr(KeyParts("k", b"s", "p")) == "<KeyParts>"
    assert KeyParts("k", b"-----BEGIN PRIVATE KEY-----", "p").is_rsa
    assert not KeyParts("k", b"hex", "p").is_rsa
