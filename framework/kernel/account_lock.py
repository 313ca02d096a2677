"""One daemon an account: a lock on a file named by the key's fingerprint, held for as long as the process lives."""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Final

from framework.model.errors import ConfigError

FINGERPRINT_HEX: Final = 16


def fingerprint(key: str) -> str:
    """Names a key without telling it: 16 hex digits of its digest."""
    return hashlib.sha256(b"account lock " + key.encode()).hexdigest()[:FINGERPRINT_HEX]


class AccountLock:
    """Held from the moment it is made. The system lets go of it when the process ends, however it ends.

    Args:
        folder: the same for all daemons of this machine and user.
        key: the account's public key id.

    Raises:
        ConfigError: another process holds it, or the folder cannot be written.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / f"{fingerprint(key)}.lock"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(
                f"{self.path}: expected a file to lock, found: {error.strerror}; make room for it"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            raise ConfigError(
                f"{self.path}: expected an account that no other daemon trades, found it held by process "
                f"{holder or 'unknown'}; stop that one first, or use another key"
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let go of it; the file stays, for a name that comes and goes can be locked twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> AccountLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
