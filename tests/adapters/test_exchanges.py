"""The page of worked exchanges is what is really said."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gen_tck.adapters import wire
from tests.nodes.exchanges import page


def test_page_is_not_what_is_said(checkout: Path) -> None:
    written = (checkout / "docs" / "exchanges.md").read_text(encoding="utf-8")
    assert written == page(), "make it anew: python -m tests.nodes.exchanges > docs/exchanges.md"


def test_page_leaves_a_request_out(checkout: Path) -> None:
    lines = (checkout / "docs" / "exchanges.md").read_text(encoding="utf-8").splitlines()
    requests: msgspec.json.Decoder[wire.AnyRequest] = msgspec.json.Decoder(wire.AnyRequest)
    shown = {type(requests.decode(line[3:])) for line in lines if line.startswith("-> {")}
    assert shown == set(wire.REQUESTS)
