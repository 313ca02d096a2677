"""Recorded answers of Bitget, as their keepers wrote them down."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

RECORDED = Path(__file__).parents[1] / "recorded" / "bitget"


def recorded(name: str) -> dict:
    return json.loads((RECORDED / name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Exchange:
    """A REST request and its answer."""

    name: str
    method: str
    path: str
    body: bytes

    @property
    def data(self) -> object:
        return json.loads(self.body)["data"]


def exchange(path: Path) -> Exchange:
    """Line 1 method, 2 path, 3 `true` when signed, then perhaps parameters, then the answer."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    method, where, _, *rest = lines
    while not rest[0].lstrip().startswith("{"):
        rest = rest[1:]
    return Exchange(path.stem, method.strip(), where.strip(), "\n".join(rest).encode())


EXCHANGES = [exchange(path) for path in sorted((RECORDED / "jkorf" / "Endpoints").rglob("*.txt"))]


def conversation(path: Path) -> tuple[list[dict], list[str]]:
    """What the client said, and what the server did."""
    said: list[dict] = []
    told: list[str] = []
    pushed: list[str] | None = None
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        if line.startswith(("> ", "< ", "=")):
            told += ["\n".join(pushed)] if pushed else []
            pushed = [line[1:].lstrip("0123456789")] if line.startswith("=") else None
            if line.startswith("> "):
                said.append(json.loads(line[2:]))
            elif line.startswith("< "):
                told.append(line[2:])
        elif pushed is not None:
            pushed.append(line)
    return said, [*told, *(["\n".join(pushed)] if pushed else [])]


CONVERSATIONS = {
    "/".join(path.parts[-2:]): conversation(path)
    for path in sorted((RECORDED / "jkorf" / "Subscriptions").rglob("*.txt"))
}
