from __future__ import annotations

import pytest

from framework.gateway.dial import TcpDial, tls_context
from framework.model.errors import ConfigError


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
    import ssl

    context = tls_context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
