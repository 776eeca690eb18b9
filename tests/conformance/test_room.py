"""Clauses on a node without room for another socket, seen of OTP with few descriptors, or few ports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("gen-tck")
CLAUSES = ("opening/no-room-is-an-error", "opening/accept-without-room", "async_recv/accept-without-room-is-refused")


@pytest.mark.vm
@pytest.mark.parametrize(
    ("flags", "descriptors", "seen"),
    [
        ("", 100, ("varies", ["descriptors"])),
        (" +Q 1024", 4096, ("varies", ["ports"])),
        ("", 4096, ("unsupported", [])),
    ],
    ids=["few descriptors", "few ports", "neither"],
)
def test_room_of_a_node_is_mistaken(
    erl: str, tmp_path: Path, flags: str, descriptors: int, seen: tuple[str, list[str]]
) -> None:
    file = tmp_path / "results.json"
    words = [word for each in CLAUSES for word in ("--clause", each)]
    how = ["--erl", f"{erl}{flags}", "--limit", f"descriptors={descriptors}", "--results", str(file)]
    subprocess.run([SCRIPT, "certify", "otp", *words, *how], capture_output=True, check=False)
    cases = json.loads(file.read_bytes())["cases"]
    assert [(each["verdict"], each["variants"]) for each in cases] == [seen] * len(CLAUSES)
