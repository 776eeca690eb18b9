"""The plays on the pages go as they are written, on the reference and on OTP; one that does not is found out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))

from site_of_gen_tck.stage import PlayError, Stage, play

from gen_tck.adapters.registry import open_node

PAGES = Path(__file__).parents[2] / "docs"


def plays() -> list[str]:
    pages = sorted(PAGES.glob("*.md"))
    return [each for page in pages for each in re.findall(r"```\{play\}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)]


def wrong(node: str, erl: str = "erl") -> list[str]:
    """What does not go as it is written."""
    opened, found = open_node(node, erl=erl), []
    try:
        for each in plays():
            try:
                Stage(opened).play(each)
            except PlayError as reason:
                found.append(str(reason))
    finally:
        opened.close()
    return found


def test_there_is_no_play() -> None:
    assert len(plays()) > 10


@pytest.mark.parametrize("node", ["reference", "reference-loopback"])
def test_play_goes_otherwise(node: str) -> None:
    assert wrong(node) == []


@pytest.mark.vm
@pytest.mark.parametrize("node", ["otp", "otp-socket"])
def test_play_goes_otherwise_on_otp(node: str, erl: str) -> None:
    assert wrong(node, erl) == []


@pytest.mark.vm
@pytest.mark.parametrize("release", ["27", "29"])
def test_play_goes_otherwise_on_another_release(release: str, checkout: Path) -> None:
    tool = [sys.executable, str(checkout / "tools/otp-releases"), "--erl", release]
    answer = subprocess.run(tool, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        pytest.skip(answer.stderr.strip())
    assert wrong("otp", answer.stdout.strip()) == []


LISTEN = "A is spawned\nA: gen_tcp:listen(0, [{ip,{127,0,0,1}}]) -> {ok, L}\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A is spawned\nA: erlang:send(A, x) -> y", "A: erlang:send(A, x) -> y: saw x"),
        ("A is spawned\nA: erlang:send(B, x) -> x", "A: erlang:send(B, x) -> x: nobody knows B"),
        ("A is spawned\nA: erlang:send(no, x) -> ends", "A: erlang:send(no, x) -> ends: saw exception error:badarg"),
        ("A is spawned\nA: erlang:exit(why) -> raises exit:why", "saw the process ended: why"),
        ("A is spawned\nA: erlang:send(A, x) -> waits", "it does not wait"),
        (f"{LISTEN}A: gen_tcp:accept(L, infinity) -> {{ok, S}}", "it does not come back"),
        ("A is spawned\nA holds x", "A holds x: saw nothing"),
        ("A is spawned\nA: erlang:send(A, x) -> x\nA holds nothing", "A holds nothing: saw x"),
        ("A is spawned\nA is ended", "A is ended: it is idle"),
        (f"{LISTEN}A: inet:port(L) -> {{ok, N}}\nP dials N\nP sees the end", "P sees the end: saw []"),
        ("A is spawned\nA sings", "A sings: this is no step"),
        ("A is spawned\nA: erlang:send(A, -> x", "this is no step"),
        ("A is spawned\nA: erlang:send(A, {) -> x", "a term expected"),
    ],
)
def test_wrong_play_goes_unnoticed(text: str, why: str) -> None:
    with pytest.raises(PlayError) as error:
        play("reference", text)
    assert why in str(error.value)
