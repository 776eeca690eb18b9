"""Programs that cannot clean up: ended and started anew at each clear, with a spare or without."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gen_tck.adapters.interface import AdapterError, Node, NodeDied, NodeUnavailable
from gen_tck.adapters.limits import Limits
from gen_tck.adapters.registry import UnknownNode, find, open_node
from gen_tck.adapters.restarting import RestartingNode
from gen_tck.conformance.run.supervisor import Supervisor
from gen_tck.spec.terms import Pid

Eventually = Callable[[Callable[[], object]], bool]
Gone = Callable[[int], bool]

PROGRAM = """
import json, os, sys, time
from pathlib import Path

starts = Path(__file__).with_name("starts")
with starts.open("a") as file:
    file.write(f"{os.getpid()}\\n")
number = len(starts.read_text().split())
hello = {"gen_tck": 1, "minor": 1, "name": "forgetful", "version": str(number), "profiles": ["core"]}
BEFORE
print(json.dumps(hello), flush=True)
made = 0
for line in sys.stdin:
    asked = json.loads(line)
    match asked["do"]:
        case "stop": break
        case "clear": sys.exit("it cannot clear")
        case "spawn": made += 1; answer = {"pid": {"$h": made, "kind": "pid"}}
        case _: answer = {"ok": True}
    print(json.dumps({"id": asked["id"], **answer}), flush=True)
"""


class Forgetful:
    """Programs that are started again and again in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: list[Node] = []

    def write(self, more: str = "", before: str = "") -> Path:
        """The manifest of a program that runs ``before`` each handshake; ``more`` is in the manifest."""
        (self.folder / "node.py").write_text(PROGRAM.replace("BEFORE", before))
        path = self.folder / "node.toml"
        command = json.dumps([sys.executable, "-I", "-S", "./node.py"])
        path.write_text(f'command = {command}\ntransport = "stdio"\nrestart = "at-clear"\n{more}\n')
        return path

    def open(self, more: str = "", before: str = "") -> RestartingNode:
        """The same, started."""
        node = open_node(str(self.write(more, before)))
        assert isinstance(node, RestartingNode)
        self._opened.append(node)
        return node

    def starts(self) -> list[int]:
        """The process ids of all that were started."""
        file = self.folder / "starts"
        return [int(each) for each in file.read_text().split()] if file.exists() else []

    def close(self) -> None:
        """End what was opened."""
        for each in self._opened:
            each.close()


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Forgetful]:
    """A folder with such a program in it, nothing of which is left after the test."""
    made = Forgetful(tmp_path)
    yield made
    made.close()


def test_program_outlives_a_clear(forgetful: Forgetful, is_gone: Gone) -> None:
    node = forgetful.open("spare = false")
    first = node.pid
    assert [node.spawn().pid, node.spawn().pid] == [Pid(1), Pid(2)]
    node.clear()
    assert is_gone(first)
    assert node.pid != first
    assert node.spawn().pid == Pid(1)  # another process, of another numbering
    assert node.settle()
    assert forgetful.starts() == [first, node.pid]


def test_spare_is_not_started_in_advance_or_not_used(forgetful: Forgetful, eventually: Eventually) -> None:
    node = forgetful.open()
    assert eventually(lambda: len(forgetful.starts()) == 2)
    node.spawn()
    node.clear()
    assert node.pid == forgetful.starts()[1]
    assert eventually(lambda: len(forgetful.starts()) == 3)


def test_clear_of_nothing_starts_a_program(forgetful: Forgetful) -> None:
    node = forgetful.open("spare = false")
    node.clear()
    node.clear()
    assert forgetful.starts() == [node.pid]


def test_program_or_spare_outlives_its_node(forgetful: Forgetful, eventually: Eventually, is_gone: Gone) -> None:
    node = forgetful.open()
    assert eventually(lambda: len(forgetful.starts()) == 2)
    node.close()
    node.close()
    assert all(map(is_gone, forgetful.starts()))
    with pytest.raises(NodeDied):
        node.clear()


def test_spare_that_cannot_wait_ends_the_node(forgetful: Forgetful, eventually: Eventually, is_gone: Gone) -> None:
    node = forgetful.open(before="if number == 2: sys.exit('it was not asked anything')")
    assert eventually(lambda: len(forgetful.starts()) == 2)
    assert eventually(lambda: is_gone(forgetful.starts()[1]))
    node.spawn()
    node.clear()
    assert node.pid == forgetful.starts()[2]


def test_program_that_cannot_be_started_anew_is_not_told_of(forgetful: Forgetful) -> None:
    node = forgetful.open("spare = false", before="if number > 1: sys.exit('once is enough')")
    node.spawn()
    with pytest.raises(NodeUnavailable, match=r"ended before the handshake .*'once is enough'"):
        node.clear()
    with pytest.raises(NodeDied):
        node.settle()


def test_other_claims_are_believed(forgetful: Forgetful, is_gone: Gone) -> None:
    node = forgetful.open("spare = false", before="if number > 1: hello['profiles'] = ['packets']")
    node.spawn()
    with pytest.raises(AdapterError, match="started anew at a clear, the node claims other profiles or calls"):
        node.clear()
    assert all(map(is_gone, forgetful.starts()))


def test_manifests_profiles_are_forgotten(forgetful: Forgetful) -> None:
    node = forgetful.open('profiles = ["essentials"]')
    assert node.capabilities.profiles == {"essentials"}
    node.spawn()
    node.clear()
    assert node.capabilities.profiles == {"essentials"}


def test_start_at_a_clear_is_counted_as_a_failure(forgetful: Forgetful) -> None:
    path = forgetful.write("spare = false")
    supervisor = Supervisor(lambda: open_node(str(path)), Limits(failures=1, failures_in_a_row=1))
    node = supervisor.node()
    for _ in range(3):
        node.spawn()
        node.clear()
    assert supervisor.node() is node
    assert not supervisor.is_given_up
    supervisor.close()


def test_stops_are_forgotten(forgetful: Forgetful) -> None:
    node = forgetful.open("spare = false")
    node.spawn()
    node._node.pace.woke(1000.0)
    assert node.stops == 1
    node.clear()
    assert node.stops == 1


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ('restart = "sometimes"', r"node\.toml:2: Invalid enum value 'sometimes' - at `\$\.restart`"),
        ("spare = true", r'node\.toml:2: a spare is for restart = "at-clear"'),
        ('restart = "at-clear"\nspare = 1', r"node\.toml:3: Expected `bool | null`, got `int`"),
    ],
)
def test_wrong_manifest_is_taken(tmp_path: Path, more: str, why: str) -> None:
    (tmp_path / "node.toml").write_text(f'command = "true"\n{more}\n')
    with pytest.raises(UnknownNode, match=why):
        find(str(tmp_path / "node.toml"))
