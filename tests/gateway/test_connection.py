from __future__ import annotations

import asyncio
import socket
from threading import Lock, Thread

import pytest

from framework.gateway.connection import Connection
from framework.gateway.outcome import NotSent, Outcome, Unknown
from framework.gateway.pool import write_freely
from framework.kernel.kill_word import Withheld


async def connected() -> tuple[Connection, socket.socket]:
    """A connection over a pair of sockets, and its other end."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    loop = asyncio.get_running_loop()
    connection = Connection(loop, Lock(), lambda free: None)
    await loop.create_connection(lambda: connection, sock=ours)
    return connection, theirs


async def test_a_cut_from_another_thread_stops_what_is_held_back_before_the_loop_turns() -> None:
    """The peer reads nothing, so most of the request waits in our transport; no byte of it may leave after the cut."""
    connection, theirs = await connected()
    outcomes: list[Outcome] = []
    request = b"x" * 8_000_000
    assert connection.ask(request, write_freely, 5.0, outcomes.append) is None
    cutting = Thread(target=connection.cut)
    cutting.start()
    cutting.join()  # the loop has not turned since
    theirs.setblocking(False)
    arrived = 0
    while not connection.lost.is_set():
        try:
            while piece := theirs.recv(1 << 20):
                arrived += len(piece)
        except BlockingIOError:
            pass
        await asyncio.sleep(0)
    assert 0 < arrived < len(request)
    assert outcomes == [Unknown("cut_off", "the kill word was closed before an answer came")]
    assert not connection.is_up
    theirs.close()


async def test_a_refused_hand_over_leaves_the_connection_free_and_the_peer_without_a_byte() -> None:
    connection, theirs = await connected()
    outcomes: list[Outcome] = []
    refused = connection.ask(b"order", lambda write, data: Withheld("gate_closed", "test"), 1.0, outcomes.append)
    assert refused == NotSent("gate_closed", "test")
    assert connection.is_free
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(1)
    assert outcomes == []
    connection.give_up(Unknown("test"))
    await connection.lost.wait()
    theirs.close()


async def test_a_cut_after_the_end_harms_nobody() -> None:
    """The socket that a cut uses is ours alone: a number of a closed one may belong to another connection."""
    connection, theirs = await connected()
    connection.give_up(Unknown("test"))
    await connection.lost.wait()
    theirs.close()
    other, peer = await connected()
    connection.cut()
    await asyncio.sleep(0)
    assert other.is_free
    other.give_up(Unknown("test"))
    await other.lost.wait()
    peer.close()
