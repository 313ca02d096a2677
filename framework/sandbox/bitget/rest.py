"""REST: from a request's bytes to an answer's, without the sockets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.doorman import Knock
from framework.sandbox.bitget.endpoint import PlayedEndpoint
from framework.sandbox.bitget.keys import Key
from framework.sandbox.bitget.refused import BitgetRefusal
from framework.sandbox.bitget.routes import ENDPOINTS
from framework.sandbox.bitget.venue import BitgetVenue

REMAINING: Final = "x-mbx-used-remain-limit"  # API FAQ, Q11 (copy of 2026-09): what remains of the endpoint this second


@dataclass(slots=True)
class Response:
    """What goes back."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def answer(venue: BitgetVenue, knock: Knock, query: dict[str, str]) -> Response:
    """Let a request in, count it, carry it out; or say why not, with the venue's code and status."""
    venue.turn()
    headers: dict[str, str] = {}
    try:
        data = _answered(venue, _endpoint(knock), knock, query, headers)
    except BitgetRefusal as refused:
        said = {"code": refused.code, "msg": refused.message, "requestTime": venue.now_ms, "data": None}
        return Response(refused.status, msgspec.json.encode(said), headers)
    finally:
        venue.turn()
    said = {"code": "00000", "msg": "success", "requestTime": venue.now_ms, "data": data}
    return Response(200, msgspec.json.encode(said), headers)


def _endpoint(knock: Knock) -> PlayedEndpoint:
    found = ENDPOINTS.get((knock.method, knock.path))
    if found is None:
        raise BitgetRefusal("40404", "Request URL NOT FOUND", 404)
    return found


def _answered(
    venue: BitgetVenue, endpoint: PlayedEndpoint, knock: Knock, query: dict[str, str], headers: dict[str, str]
) -> Any:
    key = _admitted(venue, endpoint, knock)
    try:
        params, entries = _read(knock.body) if endpoint.method == "POST" else (query, [])
    except BitgetRefusal:
        _count(venue, endpoint, key, knock.address, {})  # the rate comes before the parameters
        raise
    headers[REMAINING] = str(_count(venue, endpoint, key, knock.address, endpoint.pairs(params, entries)))
    is_unified = endpoint.path.startswith("/api/v3/")
    return endpoint.answer(Call(venue, params, entries, venue.now_ms, key, is_unified))


def _admitted(venue: BitgetVenue, endpoint: PlayedEndpoint, knock: Knock) -> Key | None:
    if not endpoint.scope:
        return None
    return venue.doorman.admit(knock, endpoint.scope, venue.now_ms, is_write=endpoint.is_write)


def _count(venue: BitgetVenue, endpoint: PlayedEndpoint, key: Key | None, address: str, pairs: dict[str, int]) -> int:
    rates = venue.rates
    limit = endpoint.limit if rates.is_strict else max(endpoint.limit, endpoint.lenient)
    if key is not None and key.uid in rates.lead_traders and endpoint.is_placing:
        limit = 1
    who = key.uid if key is not None else address
    units = rates.units(pairs) if endpoint.batch else 1
    return rates.draw(who, address, endpoint.path, limit, units, venue.clock.now_ns)


def _read(body: str) -> tuple[dict[str, Any], list[Any]]:
    """The parameters of a JSON body, or its entries where it is a bare list.

    Raises:
        BitgetRefusal: it is no JSON, or neither.
    """
    try:
        content = msgspec.json.decode(body) if body else {}
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BitgetRefusal("40017", "Parameter verification failed json") from error
    if isinstance(content, dict):
        return content, []
    if isinstance(content, list):
        return {}, content
    raise BitgetRefusal("40017", "Parameter verification failed json")
