"""`run.py keys verify --venue bitget`: what a key may do, and what to change. Exit code 1 when it does not fit, 2 when the venue refuses it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

from framework.model.errors import ConfigError

HTTPS: Final = 443


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("what", choices=["verify"], help="read the key's rights from the venue")
    parser.add_argument("--venue", choices=["bitget"], required=True)
    parser.add_argument("--secrets", metavar="FOLDER", help="folder of the key's files (default: $BOT_SECRETS)")
    parser.add_argument(
        "--host",
        default="api.bitget.com",
        help="where to ask: until further notice 127.0.0.1, with the --port of a sandbox (or 127.0.0.1:PORT); the venue "
        "itself is refused",
    )
    parser.add_argument("--port", type=_port, metavar="PORT", help="default: 443, with TLS; another: without")
    parser.add_argument(
        "--product",
        action="append",
        choices=["spot", "futures"],
        help="what it is to trade (default: both; again for more)",
    )
    parser.add_argument("--observe", action="store_true", help="a key that only looks: a right to trade is too much")
    parser.add_argument(
        "--accept", action="append", default=[], metavar="RIGHT", help="let one excess pass, by its word"
    )
    parser.add_argument("--demo", action="store_true", help="a key of the demo environment")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number < 65_536:
        raise ValueError(text)
    return number


def _place(host: str, port: int | None) -> tuple[str, int]:
    """Host and port; without `--port` they may be written as `[live] host` has them."""
    name, _, number = host.rpartition(":")
    if port is None and number.isascii() and number.isdecimal() and (name.endswith("]") or (name and ":" not in name)):
        if not 0 < int(number) < 65_536:
            raise ConfigError(f"--host {host}: expected a port from 1 to 65535, found {number}")
        return name.strip("[]"), int(number)
    return host, port or HTTPS


def run(args: argparse.Namespace) -> int:
    """Ask, and print the table; 0 when the key fits, 1 when it does not."""
    from framework.app.keys import WantedKey, verdict_lines, verify_bitget
    from framework.kernel.screen import say
    from framework.ops.tables import show_table

    host, port = _place(args.host, args.port)
    found = verify_bitget(
        WantedKey(
            host=host,
            port=port,
            tls=port == HTTPS,
            products=args.product or ["spot", "futures"],
            may_trade=not args.observe,
            is_demo=args.demo,
            accepted=tuple(args.accept),
            secrets=Path(args.secrets) if args.secrets else None,
        )
    )
    if args.json:
        print(json.dumps(found.facts()))
        return int(bool(found.faults))
    faults = {fault.word: fault.kind for fault in found.faults}
    rows = [(one.word, one.scope.value, one.area, one.setting, faults.get(one.word, "")) for one in found.rights.rights]
    show_table(("right", "scope", "area", "on the page", "fault"), rows)
    say("\n".join(verdict_lines(found)))
    if not args.product and any(fault.kind == "missing" for fault in found.faults):
        say("Asked for spot and perpetuals; for a bot that trades one alone add --product spot, or --product futures.")
    return int(bool(found.faults))
