"""Where a key comes from: files that only their owner can read, or the environment. Never settings or arguments.

Files, one value each, named `<venue>_key`, `<venue>_secret` and `<venue>_passphrase`, in a folder of mode 0700, each of
mode 0600, regular, ours, no links, outside of any git tree.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from framework.gateway.no_core import leave_no_core
from framework.kernel.logging import get_logger
from framework.model.errors import ConfigError

PARTS: Final = ("key", "secret", "passphrase")
CREDENTIALS_DIRECTORY: Final = "CREDENTIALS_DIRECTORY"
"""Of systemd."""
SECRETS_DIRECTORY: Final = "BOT_SECRETS"
BYTES_MAX: Final = 16_384
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

log = get_logger()


class KeyParts:
    """A key as it was read. Shows nothing of itself."""

    __slots__ = ("key", "passphrase", "secret")

    def __init__(self, key: str, secret: bytes, passphrase: str) -> None:
        self.key = key
        self.secret = secret
        self.passphrase = passphrase

    def __repr__(self) -> str:
        return "<KeyParts>"

    @property
    def is_rsa(self) -> bool:
        """The secret is a private key in PEM."""
        return self.secret.lstrip().startswith(b"-----BEGIN ")


def read_key(venue: str, environment: Mapping[str, str], folder: Path | None = None) -> KeyParts:
    """The key of a venue. Before it is in memory, this process is made one that leaves no copy of that.

    Args:
        environment: `CREDENTIALS_DIRECTORY` and `BOT_SECRETS` name folders; `BOT_<VENUE>_KEY`, `_SECRET`, `_PASSPHRASE`
            hold the parts themselves, which is allowed with a warning.
        folder: looked into before all of these.

    Raises:
        ConfigError: there is none, or others could read it. No value is shown.
    """
    fault = leave_no_core()
    if fault:
        log.warning("key.can_be_traced", fault=fault)
    named = [environment[name] for name in (CREDENTIALS_DIRECTORY, SECRETS_DIRECTORY) if environment.get(name)]
    for place in [folder] if folder else [Path(name) for name in named]:
        if folder or (place / f"{venue}_key").exists():
            _check_folder(place)
            return _parts({part: _read(place / f"{venue}_{part}") for part in PARTS})
    names = {part: f"BOT_{venue.upper()}_{part.upper()}" for part in PARTS}
    if environment.get(names["key"]):
        log.warning("key.found_in_environment", venue=venue, text="children inherit it; prefer a folder of files")
        return _parts({part: environment.get(names[part], "").encode() for part in PARTS})
    raise ConfigError(
        f"key of {venue}: expected files {venue}_key, {venue}_secret and {venue}_passphrase in the folder that --secrets or "
        f"{SECRETS_DIRECTORY} names (folder 0700, files 0600), or {', '.join(names.values())}; found none"
    )


def _parts(found: Mapping[str, bytes]) -> KeyParts:
    key, secret, passphrase = (found[part].strip() for part in PARTS)
    for name, value in zip(PARTS, (key, secret, passphrase), strict=True):
        if not value:
            raise ConfigError(f"key: expected a {name}, found nothing")
    for name, value in (("key", key), ("passphrase", passphrase)):
        if not value.isascii() or not value.decode("ascii").isprintable() or b" " in value:
            raise ConfigError(f"key: expected visible ASCII as the {name}, found other characters (not shown)")
    return KeyParts(key.decode("ascii"), secret, passphrase.decode("ascii"))


def _check_folder(place: Path) -> None:
    try:
        found = place.lstat()
    except OSError as error:
        raise ConfigError(
            f"{place}: expected a folder of secrets, found none that can be read: {error.strerror}"
        ) from None
    if not stat.S_ISDIR(found.st_mode):
        raise ConfigError(f"{place}: expected a folder of secrets, found something else; links are not followed")
    _check_owner(place, found, "0700")
    for parent in (place.resolve(), *place.resolve().parents):
        if (parent / ".git").exists():
            raise ConfigError(f"{place}: expected secrets outside of a git tree, found {parent / '.git'}; move them")


def _check_owner(place: Path, found: os.stat_result, mode: str) -> None:
    if found.st_uid not in (os.getuid(), 0):
        raise ConfigError(f"{place}: expected to own it, found another owner; chown it")
    if found.st_mode & OTHERS:
        raise ConfigError(f"{place}: expected mode {mode}, found {stat.S_IMODE(found.st_mode):04o}; chmod {mode} it")


def _read(place: Path) -> bytes:
    try:
        opened = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ConfigError(
            f"{place}: expected a file with a secret, found none that can be read: {error.strerror}"
        ) from None
    try:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode):
            raise ConfigError(f"{place}: expected a regular file, found something else")
        _check_owner(place, found, "0600")
        if found.st_size > BYTES_MAX:
            raise ConfigError(f"{place}: expected a secret of at most {BYTES_MAX} bytes, found {found.st_size}")
        return os.read(opened, BYTES_MAX)
    finally:
        os.close(opened)
