"""A venue's end of the order road for the benchmark: takes whole requests, stamps them, answers that all is accepted.

    python -m benchmarks.order_server        prints its port; ends when standard input does

Hand-made, so that its own cost is small and the same for every client. `GET /stamps` gives and forgets the times
(`time.perf_counter_ns`, which all processes of a machine share) at which whole orders were there.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

ID = re.compile(rb'"id":"([^"]+)"')


class Venue(asyncio.Protocol):
    """One connection."""

    stamps: list[int] = []  # noqa: RUF012 - of all connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.got = b""

    def data_received(self, data: bytes) -> None:
        """Take bytes; answer each whole request."""
        self.got += data
        while (head := self.got.find(b"\r\n\r\n")) >= 0:
            at = self.got.lower().find(b"content-length: ", 0, head)
            length = 0 if at < 0 else int(self.got[at + 16 : self.got.find(b"\r\n", at)])
            if len(self.got) < head + 4 + length:
                return
            now_ns = time.perf_counter_ns()
            request, self.got = self.got[: head + 4 + length], self.got[head + 4 + length :]
            self.answer(request, request[head + 4 :], now_ns)

    def answer(self, request: bytes, body: bytes, now_ns: int) -> None:
        """Say yes."""
        if request.startswith(b"POST"):
            self.stamps.append(now_ns)
            results = [{"id": found.decode(), "result": "accepted", "venue_id": "1"} for found in ID.findall(body)]
            said = json.dumps({"results": results}).encode()
        elif request.startswith(b"GET /stamps"):
            said = json.dumps(self.stamps).encode()
            self.stamps.clear()
        else:
            said = b"{}"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        self.transport.write(head.encode() + said)


async def main() -> None:
    """Serve until nobody holds our standard input."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Venue, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
