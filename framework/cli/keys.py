"""`run.py keys verify --venue bitget`: what a key may do, and what to change. Exit code 1 when it does not fit, 2 when the venue refuses it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("what", choices=["verify"], help="read the key's rights from the venue")
    parser.add_argument("--venue", choices=["bitget"], required=True)
    parser.add_argument("--secrets", metavar="FOLDER", help="folder of the key's files (default: $BOT_SECRETS)")
    parser.add_argument(
        "--host",
        default="api.bitget.com",
        help="where to ask: until further notice 127.0.0.1, with the --port of a sandbox; the venue itself is refused",
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


def run(args: argparse.Namespace) -> int:
    """Ask, and print the table; 0 when the key fits, 1 when it does not."""
    from framework.app.keys import WantedKey, verdict_lines, verify_bitget
    from framework.kernel.screen import say
    from framework.ops.tables import show_table

    found = verify_bitget(
        WantedKey(
            host=args.host,
            port=args.port or 443,
            tls=args.port in (None, 443),
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
    return int(bool(found.faults))
