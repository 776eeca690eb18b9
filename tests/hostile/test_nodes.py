"""The zoo of bad nodes: each gets the verdict that it must, at a bounded cost, and nothing of it is left."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gen_tck.spec.printable import printable
from tests.hostile.hostile import NODES
from tests.hostile.pins import CONCLUSIONS, EXPLORED, PINS, QUICK, STATUS
from tests.hostile.run import SIMPLE, Ran, begin, kit, prepare, run

MOST_SAID = 60_000
"""Characters: a bad node does not fill the screen of whoever looks at it."""
MOST_WRITTEN = 4 << 20
"""Bytes: nor the disk."""


def test_node_is_not_pinned() -> None:
    assert set(PINS) == set(NODES)
    assert len(NODES) > 40


def test_node_is_not_described() -> None:
    for name, play in NODES.items():
        assert play.__doc__ is not None, name
        assert play.__doc__.rstrip().endswith((".", "`.")), name


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.hostile) for name in PINS]
)
def test_bad_node_gets_another_verdict(name: str, tmp_path: Path, is_gone: Callable[[int], bool]) -> None:
    pin = PINS[name]
    options = [f"--limit={each}" for each in pin.limits]
    # Most of them break the protocol at once; here it matters what a run makes of that.
    words = ("certify", "node.toml", "--no-check", f"--clause={pin.clause}", "--results=results.json")
    ran = run(name, tmp_path, is_gone, *words, *options)
    assert pin.says in ran.said
    assert ran.status == STATUS.get(pin.verdict, 2)
    if pin.verdict:
        assert ran.results is not None
        assert ran.results["conclusion"] == CONCLUSIONS[ran.status]
        assert pin.verdict in ran.verdicts
        assert "kit-error" not in ran.verdicts
    else:
        assert ran.results is None
    harmless(ran)


@pytest.mark.hostile
@pytest.mark.parametrize("name", EXPLORED)
def test_exploring_a_bad_node_ends_otherwise(name: str, tmp_path: Path, is_gone: Callable[[int], bool]) -> None:
    status, says = EXPLORED[name]
    limits = [f"--limit={each}" for each in ("start=2", "answer=0.5", "events=100")]
    ran = run(name, tmp_path, is_gone, "explore", "node.toml", "--scripts=1", "--results=results.json", *limits)
    assert says in ran.said
    assert ran.status == status
    harmless(ran)


def harmless(ran: Ran) -> None:
    """Assert that what a run said, wrote and left can do no harm."""
    assert "Traceback" not in ran.said
    assert "Error:" not in ran.said.replace("Error: ", "", 1), ran.said
    assert [line for line in ran.said.splitlines() if printable(line) != line] == []
    assert [line for line in ran.said.splitlines() if line.lstrip().startswith("::")] == []
    assert len(ran.said) <= MOST_SAID
    assert ran.written <= MOST_WRITTEN
    assert ran.alive == []
    assert ran.left == []


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["leaves-a-daemon-and-hangs", "ignores-signals", "stops-itself"])
def test_node_outlives_a_kit_that_is_killed(
    name: str, tmp_path: Path, is_gone: Callable[[int], bool], eventually: Callable[[Callable[[], object]], bool]
) -> None:
    environment = prepare(name, tmp_path)
    pids = tmp_path / "pids"
    options = ["--clause", SIMPLE, "--limit", "answer=600"]
    with begin(tmp_path, "certify", "node.toml", "--no-check", *options, **environment) as process:
        assert eventually(lambda: pids.exists() and len(pids.read_text().split()) == 1 + ("daemon" in name))
        process.kill()
    known = [int(line) for line in pids.read_text().split()]
    assert eventually(lambda: all(is_gone(pid) for pid in known))


# What a manifest can name that is no program


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ('"./nothing"', "cannot start"),
        ('"./folder"', "cannot start"),
        ('"./plain"', "cannot start"),
        ('"./empty"', "ended before it dialled back"),
        ('"no-such-program-anywhere"', "cannot start"),
        ('""', "the command is empty"),
        ("[]", "the command is empty"),
        ('[""]', "cannot start"),
        ('"it\'s"', "cannot be split into words"),
        ('["./a\\u0000b"]', "cannot start"),
        ('"true"\n[environment]\n"A=B" = "c"', "node.toml"),
        ('"true"\n[environment]\nA = "\\u0000"', "node.toml"),
        ('"true"\nprofiles = ["quantum-sockets"]', "unknown profile 'quantum-sockets'"),
        ('"true"\nrun = "rm"', "no node manifest"),
        ('"true"\ntransport = "pigeon"', "Invalid enum value 'pigeon'"),
        ("7", "no node manifest"),
    ],
)
@pytest.mark.hostile
def test_manifest_that_names_no_program_is_a_crash(command: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "plain").write_text("no program")
    (tmp_path / "empty").write_text("#!/bin/sh\n")
    (tmp_path / "empty").chmod(0o755)
    (tmp_path / "node.toml").write_text(f"command = {command}\n")
    done = kit(tmp_path, "certify", "node.toml", "--no-check", "--clause", SIMPLE)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 2, said
    assert why in said
    assert "Traceback" not in said
    assert len([line for line in said.splitlines() if os.fspath(tmp_path) in line or "node.toml" in line]) <= 2
