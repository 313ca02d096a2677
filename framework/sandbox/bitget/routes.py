"""Every endpoint that is played, by method and path."""

from __future__ import annotations

from typing import Final

from framework.sandbox.bitget import public_v2, public_v3, spot_v2
from framework.sandbox.bitget.call import Endpoint

ENDPOINTS: Final[dict[tuple[str, str], Endpoint]] = {
    (row.method, row.path): row for row in (*public_v2.ENDPOINTS, *public_v3.ENDPOINTS, *spot_v2.ENDPOINTS)
}
