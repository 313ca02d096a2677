"""Whose journal an account's folder holds: kept beside it, for the key of another account fits the same settings.

With that one the daemon would hold its books against balances that are not theirs, and nobody would look after the orders
that stand on the first account.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from framework.kernel.account_lock import fingerprint
from framework.kernel.disk import Disk, RealDisk, durable_replace
from framework.kernel.journal.names import head_path
from framework.model.errors import ConfigError, DataError

FILE: Final = "owner"
"""Holds a digest: what an account is called at its venue is in no file of ours."""


def keep_owner(folder: Path, owner: str, disk: Disk | None = None) -> None:
    """Note whose journal it is, before anything of a session is journaled; nothing where the venue does not tell.

    Args:
        owner: what the venue calls the account.

    Raises:
        ConfigError: it is another account's.
        DataError: it cannot be read or written.
    """
    disk = disk or RealDisk()
    if not owner:
        return
    found = fingerprint(owner).encode()
    try:
        names = disk.names(folder)
        known = disk.read(folder / FILE).strip() if FILE in names else b""
        if known and known != found and head_path(folder / "journal").name in names:
            raise ConfigError(
                f"{folder}: expected a key of the account whose journal this is, found one of another account: orders of "
                "the first may stand, and nobody would look after them; give the key of the first, or give the other "
                "account a name of its own, [live] account"
            )
        if known != found:
            durable_replace(folder / FILE, found, disk)
    except OSError as error:
        raise DataError(f"{folder / FILE}: cannot be read or written: {error.strerror}") from error
