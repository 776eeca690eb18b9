"""Nodes by name: the built-in ones, those that other packages register, and manifests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gen_tck.adapters import manifest, registry
from gen_tck.adapters.interface import NodeDied, NodeUnavailable
from gen_tck.adapters.registry import UnknownNode, find, known_nodes, open_node
from gen_tck.spec.profiles import CORE

NODES = Path(__file__).parents[1] / "nodes"
MODULE = """
from gen_tck.adapters.interface import NodeDied
from gen_tck.adapters.reference import SimulatedNode as good

def broken():
    raise KeyError("boom")

def dying():
    raise NodeDied("dead before it lived")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installed package that registers some nodes, and one under a name that is taken."""
    info = tmp_path / "other-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    names = {"good": "good", "broken": "broken", "dying": "dying", "absent": "no_such_thing", "otp": "good"}
    lines = [f"{name} = other_nodes:{target}\n" for name, target in names.items()]
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{''.join(lines)}gone = no_such_module:good\n")
    (tmp_path / "other_nodes.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "other_nodes", raising=False)
    return tmp_path


def test_registered_nodes_are_overlooked(package: Path) -> None:
    names = [entry.name for entry in known_nodes()]
    assert names == [
        "reference",
        "reference-loopback",
        "otp",
        "otp-socket",
        "absent",
        "broken",
        "dying",
        "gone",
        "good",
    ]
    node = open_node("good")
    assert node.capabilities.name == "reference"


def test_registered_name_hides_a_built_in_one(package: Path) -> None:
    assert find("otp").description == "Erlang/OTP, inet driver"


def test_deviations_of_a_registered_node_are_looked_for_elsewhere(package: Path) -> None:
    assert find("good").deviations == package / "good.deviations.toml"
    assert "other_nodes" not in sys.modules


def test_deviations_of_a_built_in_node_are_looked_for_elsewhere() -> None:
    adapters = Path(registry.__file__).parent
    assert find("otp-socket").deviations == adapters / "beam" / "otp-socket.deviations.toml"
    assert find("reference").deviations == adapters / "reference.deviations.toml"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "absent",
            "node 'absent' (other_nodes:no_such_thing) cannot be loaded: module 'other_nodes' has no attribute ",
        ),
        ("gone", "node 'gone' (no_such_module:good) cannot be loaded: No module named 'no_such_module'"),
        ("broken", "node 'broken' (other_nodes:broken) cannot be started: 'boom'"),
    ],
)
def test_bad_registration_is_a_traceback(package: Path, name: str, said: str) -> None:
    with pytest.raises(NodeUnavailable) as error:
        open_node(name)
    assert str(error.value).startswith(said)


def test_own_words_of_a_node_are_lost(package: Path) -> None:
    with pytest.raises(NodeDied, match=r"^dead before it lived$"):
        open_node("dying")


def test_unknown_node_gets_no_hint(package: Path) -> None:
    with pytest.raises(UnknownNode, match=r"^no node is called 'goood': did you mean 'good'\? known are reference, "):
        find("goood")
    with pytest.raises(UnknownNode, match=r"^no node is called 'zzzzzz': known are reference, "):
        find("zzzzzz")


def test_manifest_is_not_found_or_found_in_another_place(tmp_path: Path) -> None:
    with pytest.raises(UnknownNode, match=r"^there is no node manifest "):
        find(str(tmp_path / "node.toml"))
    (tmp_path / "node.toml").write_text('command = "true"')
    assert find(str(tmp_path / "node.toml")).deviations == tmp_path / "deviations.toml"


def test_manifest_says_too_little_or_too_much(tmp_path: Path) -> None:
    script = str(NODES / "sick.py")
    path = tmp_path / "node.toml"
    path.write_text(f'command = ["{sys.executable}", "{script}", "refuse"]\nprofiles = ["core", "port-command"]\n')
    node = open_node(str(path))
    try:
        # What it claims itself and what the manifest lets it claim.
        assert node.capabilities.profiles == set(CORE)
    finally:
        node.close()


def test_environment_of_a_manifest_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    command = f'["{sys.executable}", "{NODES}/sick.py", "refuse"]'
    path.write_text(f'command = {command}\n[environment]\nSICK_PIDS = "{tmp_path}/pids"\n')
    open_node(str(path)).close()
    assert (tmp_path / "pids").read_text().strip().isdigit()


def test_words_of_a_command_are_taken_from_the_wrong_folder(tmp_path: Path) -> None:
    words = manifest._words(["./run", "../x", "plain", "/abs", ".hidden"], tmp_path / "node.toml")
    assert words == [f"{tmp_path}/run", f"{tmp_path}/../x", "plain", "/abs", ".hidden"]
    assert manifest._words("a 'b c'", tmp_path / "node.toml") == ["a", "b c"]
