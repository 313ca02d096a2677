"""`run.py sandbox bitget`: a local Bitget with fake keys and fake money; point any bot at it."""

from __future__ import annotations

import argparse
import json
from typing import Any


def serve(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    from framework.app.drive import Stop

    stop = Stop()
    stop.on_signals()

    from framework.app.sandbox import serve_bitget

    def tell(facts: dict[str, Any]) -> None:
        print(json.dumps(facts) if args.json else "\n".join(opening_lines(facts)), flush=True)

    serve_bitget(
        port=args.port,
        tape_name=args.tape,
        feed=args.feed,
        keys=args.keys,
        faults=args.faults,
        is_strict=args.rate == "strict",
        stop=stop,
        tell=tell,
    )
    return 0


def opening_lines(facts: dict[str, Any]) -> list[str]:
    """For people."""
    lines = ["SANDBOX  Bitget's protocol, fake keys, fake money  (Ctrl-C ends it)"]
    lines += [f"{name:<14} {facts[name]}" for name in facts if name != "keys"]
    lines.append("")
    for key in facts["keys"]:
        where = ", ".join(key["ips"]) or "anywhere"
        lines.append(f"{key['name']:<17} {key['account']:<8} {'+'.join(key['scopes'])}, from {where}")
        lines.append(f"    key {key['key']}  secret {key['secret']}  passphrase {key['passphrase']}")
    return lines
