from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from threading import Lock

import pytest

from framework.gateway.connection import Connection
from framework.gateway.dial import TcpDial, tls_context
from framework.model.errors import ConfigError
from tests.gateway.racing import certificate, contexts

__all__ = ["certificate"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_this_machine_is_dialled(host: str) -> None:
    assert TcpDial(host, 80).host == host


@pytest.mark.fault("N10", "O5")
@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "localhost.example.com", "0.0.0.0", ""])
def test_no_other_host_is_dialled_until_the_gateway_is_a_process_of_its_own(host: str) -> None:
    with pytest.raises(ConfigError, match="expected localhost"):
        TcpDial(host, 443)


def test_a_request_names_host_and_port() -> None:
    assert [TcpDial(host, 80).name for host in ("localhost", "::1")] == ["localhost:80", "[::1]:80"]


@pytest.mark.fault("N10")
def test_tls_checks_names_and_certificates() -> None:
    context = tls_context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.fault("N10", "N11")
@pytest.mark.parametrize(
    ("host", "is_known", "why"),
    [("localhost", False, "self-signed certificate"), ("127.0.0.1", True, "IP address mismatch")],
)
async def test_a_certificate_that_nobody_vouches_for_or_of_another_name_ends_the_dial(
    certificate: tuple[Path, Path], host: str, is_known: bool, why: str
) -> None:
    theirs, ours = contexts(certificate)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=theirs)
    dial = TcpDial(host, server.sockets[0].getsockname()[1], ours if is_known else tls_context())
    connection = Connection(asyncio.get_running_loop(), Lock(), lambda free: None)
    with pytest.raises(ssl.SSLCertVerificationError, match=why):
        await dial(connection)
    assert not connection.is_up
    server.close()


@pytest.mark.fault("N9")
async def test_with_names_gone_a_connection_that_was_lost_comes_up_again_where_it_was() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    loop, dial = asyncio.get_running_loop(), TcpDial("localhost", server.sockets[0].getsockname()[1])
    await dial(Connection(loop, Lock(), lambda free: None))

    async def gone(*_: object, **__: object) -> list[object]:
        raise OSError("no name server")

    loop.getaddrinfo = gone  # type: ignore[assignment,method-assign]
    again = Connection(loop, Lock(), lambda free: None)
    await dial(again)
    assert again.is_up
    server.close()
    await server.wait_closed()
    for _ in range(2):  # nobody is there any more; the name is asked for, in vain, and the last address tried
        with pytest.raises(ConnectionRefusedError):
            await dial(Connection(loop, Lock(), lambda free: None))
