"""One daemon an account and one a folder: locks on files, held for as long as the process lives."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import stat
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from framework.model.errors import ConfigError, OccupiedError

FINGERPRINT_HEX: Final = 16
LOCKS: Final = Path(".local", "state", "bot-locks")
"""Below a user's home."""
FOLDER_LOCK: Final = "daemon.lock"
LOCK_BYTES_MAX: Final = 8192
"""A process and a path."""
TRIES: Final = 5
"""`holder_of` has a lock for a moment each time it looks: one that is held longer is another daemon's."""
TRY_S: Final = 0.02
PAUSE: Final = threading.Event()


def locks_folder() -> Path:
    """One folder for all daemons of a user, whatever their environment says: below the home of the password database.

    Raises:
        ConfigError: the user has no home there.
    """
    uid = os.geteuid()
    try:
        home = Path(pwd.getpwuid(uid).pw_dir)
    except KeyError:
        home = Path()
    if not home.is_absolute():
        raise ConfigError(
            f"user {uid}: expected a home folder in the password database, for the locks of accounts, found none; "
            "trade as a user who has one"
        )
    return home / LOCKS


def fingerprint(key: str) -> str:
    """Names a key without telling it: 16 hex digits of its digest."""
    return hashlib.sha256(b"account lock " + key.encode()).hexdigest()[:FINGERPRINT_HEX]


class FileLock:
    """Held from the moment it is made. The system lets go of it when the process ends, however it ends.

    Args:
        path: of the file; its folder is there.
        wanted: for the refusal what is held, what one expects to find free, and what to do.
        note: a line for whoever reads the file, behind our process's.

    Raises:
        OccupiedError: another process holds it.
        ConfigError: the file cannot be written.
    """

    def __init__(self, path: Path, wanted: tuple[str, str, str], note: str = "") -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _no_lock(path, error) from error
        if not _takes(self._file):
            holder = _holder(self._file)
            os.close(self._file)
            what, expected, remedy = wanted
            raise OccupiedError(
                f"{what}: expected {expected}, found it held by process {holder}; {remedy} (lock: {path})"
            )
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, os.fsencode(f"{os.getpid()}\n{note}"), 0)
        except OSError as error:
            self.release()
            raise _no_lock(path, error) from error

    def release(self) -> None:
        """Let go of it; the file stays, for a name that comes and goes can be locked twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class AccountLock(FileLock):
    """Of an account, whatever folder it is traded from.

    Args:
        folder: the same for all daemons of this machine and user.
        key: the account's public key id.
        name: of the account, for the refusal.
        account: the folder that keeps its journal, for whoever looks for the daemon (`lock_told`).

    Raises:
        OccupiedError: another process holds it.
        ConfigError: the folder cannot be written, or somebody else could write it.
    """

    def __init__(
        self, folder: Path, key: str, name: str = "the account of this key", account: Path | None = None
    ) -> None:
        path = folder / f"{fingerprint(key)}.lock"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_ours(folder)
        except OSError as error:
            raise _no_lock(path, error) from error
        remedy = "stop that one first, or use another key"
        note = "" if account is None else f"{account.absolute()}\n"
        super().__init__(path, (name, "an account that no other daemon trades", remedy), note)


class FolderLock(FileLock):
    """Of the folder that keeps an account's journal, latch and socket, whatever key it is traded with.

    Raises:
        OccupiedError: another process holds it.
        ConfigError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / FOLDER_LOCK
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _no_lock(path, error) from error
        super().__init__(
            path,
            (
                str(folder),
                "a folder that no other daemon keeps its journal in",
                "stop that one first, or give this one another [live] account or [journal] folder",
            ),
        )


def holder_of(folder: Path) -> str:
    """The process that holds a `FolderLock` there; empty where none does."""
    lines = _held(folder / FOLDER_LOCK)
    return lines[0] if lines else ""


class LockTold(NamedTuple):
    """What a held `AccountLock` says of its daemon."""

    account: Path
    holder: str


def lock_told(path: Path) -> LockTold | None:
    """Who holds an `AccountLock`, and from where; None where nobody does, or it was not said."""
    lines = _held(path)
    return LockTold(Path(lines[1]), lines[0]) if len(lines) > 1 else None


def _held(path: Path) -> list[str]:
    """The lines of a lock that a process holds; none where none does."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return []
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return [_holder(file), *_lines(file)[1:]]
    finally:
        os.close(file)
    return []


def _takes(file: int) -> bool:
    """Lock a file; False: somebody else has it."""
    for _ in range(TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            PAUSE.wait(TRY_S)
        else:
            return True
    return False


def _holder(file: int) -> str:
    return next(iter(_lines(file)), "") or "unknown"


def _lines(file: int) -> list[str]:
    return os.fsdecode(os.pread(file, LOCK_BYTES_MAX, 0)).splitlines()


def _no_lock(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path}: expected a file to lock, found: {error.strerror}; make room for it")


def _check_ours(folder: Path) -> None:
    """Who else could write there could have two daemons lock two files of one name.

    Raises:
        ConfigError: it is a link, another user's, or open to others.
    """
    found = folder.lstat()
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or mode & 0o077:
        raise ConfigError(
            f"{folder}: expected a folder of user {os.geteuid()} that nobody else may enter (mode 700), found "
            f"{stat.filemode(found.st_mode)} of user {found.st_uid}; see whose it is, then chmod 700 or remove it"
        )
