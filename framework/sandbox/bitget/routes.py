"""Every endpoint that is played, by method and path."""

from __future__ import annotations

from typing import Final

from framework.sandbox.bitget import mix_v2, plans, public_v2, public_v3, spot_v2, statements, unified_v3
from framework.sandbox.bitget.endpoint import PlayedEndpoint

TABLES: Final = (public_v2, public_v3, spot_v2, mix_v2, unified_v3, plans, statements)
ENDPOINTS: Final[dict[tuple[str, str], PlayedEndpoint]] = {
    (row.method, row.path): row for table in TABLES for row in table.ENDPOINTS
}
