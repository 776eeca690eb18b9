"""Children that talk over standard input and output: the same guarantees as for those that dial back."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gen_tck.adapters.child import ChildNode, open_child
from gen_tck.adapters.interface import AdapterError, NodeDied, NodeError, NodeUnavailable, OverLimit, Returned
from gen_tck.adapters.limits import DEFAULTS
from gen_tck.adapters.registry import UnknownNode, find, open_node
from gen_tck.spec.profiles import PROFILES
from gen_tck.spec.terms import Pid

Fake = Callable[..., ChildNode]
Gone = Callable[[int], bool]
NODES = Path(__file__).parents[1] / "nodes"

FAKE = """
import json, os, sys, time

hello = {"gen_tck": 1, "minor": 1, "name": "fake", "version": "1", "profiles": ["core"]}
hello["details"] = {"pid": str(os.getpid())}
pid = {"$h": 1, "kind": "pid"}

def say(message):
    sys.stdout.buffer.write((message if isinstance(message, bytes) else json.dumps(message).encode()) + b"\\n")
    sys.stdout.buffer.flush()

def hear():
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)

def held_open():
    # A child that has inherited standard output, and outlives this process.
    held = os.fork()
    if not held:
        time.sleep(600)
    return held
"""


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    """``fake(program, NAME=VALUE)``: a child from the text of a program that can ``say`` and ``hear``."""
    opened: list[ChildNode] = []

    def start(program: str, **limits: float) -> ChildNode:
        script = tmp_path / "child.py"
        script.write_text(FAKE + textwrap.dedent(program))
        command = [sys.executable, "-I", "-S", str(script)]
        opened.append(open_child(command, what="the fake", limits=DEFAULTS.changed(limits), transport="stdio"))
        return opened[-1]

    yield start
    for node in opened:
        node.close()


def _said(error: pytest.ExceptionInfo[NodeError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_child_is_not_heard_or_not_told(fake: Fake) -> None:
    node = fake(
        """
        say(hello)
        while True:
            a = hear()
            match a["do"]:
                case "spawn": say({"id": a["id"], "pid": pid})
                case "call": say({"id": a["id"], "returned": a["args"][0]})
                case _: say({"id": a["id"], "ok": True})
        """
    )
    process = node.spawn()
    assert process.pid == Pid(1)
    data = bytes(range(256)) * 4000
    call = process.call("m", "f", [data])
    assert node.wait(lambda: call.outcome is not None).met
    assert call.outcome == Returned(data)


def test_child_is_told_where_to_dial(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN_TCK_PORT", "1")  # of a kit that started this one
    node = fake("hello['details'] = {n: v for n, v in os.environ.items() if 'GEN_TCK' in n}; say(hello); hear()")
    assert {name for name in node.capabilities.details if name != "GEN_TCK_ERL"} == {"GEN_TCK_PROTOCOL"}


def test_last_words_are_those_of_the_protocol(fake: Fake) -> None:
    node = fake("say(hello); hear(); print('out of luck', file=sys.stderr); sys.exit(9)")
    with pytest.raises(NodeDied) as error:
        node.spawn()
    assert _said(error) == "the fake ended: exit status 9, it printed: 'out of luck'"


def test_end_is_not_seen_while_others_hold_the_socket(fake: Fake, is_gone: Gone) -> None:
    node = fake("hello['details']['held'] = str(held_open()); say(hello); a = hear(); say({'id': a['id'], 'pid': pid})")
    assert node.spawn().pid == Pid(1)  # said right before the end
    with pytest.raises(NodeDied, match="the fake ended: exit status 0, it printed nothing"):
        node.settle()
    assert is_gone(int(node.capabilities.details["held"]))


def test_end_before_the_handshake_is_not_seen_while_others_hold_the_socket(fake: Fake) -> None:
    with pytest.raises(NodeUnavailable, match=r"the fake ended before the handshake \(exit status 4"):
        fake("held_open(); sys.exit(4)")


def test_child_that_hangs_is_waited_for(fake: Fake, is_gone: Gone) -> None:
    node = fake("say(hello)\nwhile True: time.sleep(600)", answer=0.3)
    with pytest.raises(AdapterError, match=r"does not answer: `settle` took over 0\.3 s"):
        node.settle()
    assert is_gone(int(node.capabilities.details["pid"]))


def test_silent_child_is_waited_for(fake: Fake) -> None:
    with pytest.raises(NodeUnavailable, match=r"sent no handshake in 0\.5 s; it printed 'thinking'"):
        fake("print('thinking', file=sys.stderr, flush=True); hear()", start=0.5)


def test_what_is_printed_is_taken_for_a_line(fake: Fake) -> None:
    with pytest.raises(AdapterError) as error:
        fake("print('starting', flush=True); say(hello); hear()")
    assert _said(error).startswith("the fake broke the wire protocol: its handshake: JSON is malformed")
    assert _said(error).endswith("standard output is for the protocol alone: print to standard error")


@pytest.mark.parametrize(
    ("program", "limit", "most", "what"),
    [
        ("hello['name'] = 'x' * 2000; say(hello); hear()", "handshake", 1000, "its handshake has over 1000 bytes"),
        ("while True: sys.stdout.buffer.write(b'x' * 10_000)", "handshake", 1000, "its handshake has over 1000 bytes"),
        ("say(hello); hear()\nwhile True: sys.stdout.buffer.write(b'x' * 10_000)", "line", 10**6, "a line has over"),
        ("say(hello); hear()\nwhile True: say({'event': 'tick'})", "events", 50, "over 50 events a second"),
    ],
)
def test_there_is_no_end_to_what_it_says(fake: Fake, program: str, limit: str, most: int, what: str) -> None:
    with pytest.raises(OverLimit, match=f"the fake went too far: {what}"):
        fake(program, **{limit: most}).spawn()


def test_there_is_no_end_to_what_it_prints(fake: Fake) -> None:
    with pytest.raises(OverLimit, match="the fake printed over 100000 bytes, so it was ended"):
        fake("say(hello); hear()\nwhile True: print('x' * 1000, file=sys.stderr)", output=100_000).spawn()


def test_child_or_what_it_started_outlives_its_node(fake: Fake, is_gone: Gone) -> None:
    node = fake("hello['details']['held'] = str(held_open()); say(hello)\nwhile True: time.sleep(600)")
    node.close()
    assert is_gone(int(node.capabilities.details["pid"]))
    assert is_gone(int(node.capabilities.details["held"]))


def test_child_outlives_a_kit_that_is_killed(
    tmp_path: Path, is_gone: Gone, eventually: Callable[[Callable[[], object]], bool]
) -> None:
    (tmp_path / "child.py").write_text(FAKE + "say(hello)\nwhile True: time.sleep(600)")
    program = (
        "import os, sys; from gen_tck.adapters.child import open_child\n"
        "node = open_child([sys.executable, sys.argv[1]], transport='stdio')\n"
        "print(node.capabilities.details['pid'], flush=True); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "child.py")], capture_output=True, check=False
    )
    assert eventually(lambda: is_gone(int(ended.stdout)))


def test_command_that_does_not_exist_leaves_a_socket_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(NodeUnavailable, match="cannot start"):
        open_child(["/nowhere/to/be/found"], transport="stdio")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_manifest_cannot_choose(tmp_path: Path) -> None:
    command = json.dumps([sys.executable, str(NODES / "served.py")])
    for transport in ("dial", "stdio"):
        (tmp_path / "node.toml").write_text(f'command = {command}\ntransport = "{transport}"\n')
        node = open_node(str(tmp_path / "node.toml"))
        try:
            assert node.capabilities.profiles == set(PROFILES)
            assert node.spawn().status() == "idle"
        finally:
            node.close()


def test_unknown_transport_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text('command = "true"\ntransport = "pigeon"\n')
    with pytest.raises(UnknownNode, match=r"node\.toml:2: Invalid enum value 'pigeon' - at `\$\.transport`"):
        find(str(tmp_path / "node.toml"))
