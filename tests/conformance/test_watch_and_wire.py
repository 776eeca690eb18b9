"""``certify --watch`` certifies again when files change; ``certify --wire`` shows what is said in a case."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gen_tck.conformance.commands.watching import changed, look, wait

SCRIPT = str(Path(sys.executable).with_name("gen-tck"))
NODES = Path(__file__).parents[1] / "nodes"
ONE = ("--clause", "modes/active-delivers-messages")


def test_change_is_not_seen(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    for name in ("kept", "edited", "gone", ".hidden", "src/below"):
        (tmp_path / name).write_text("old")
    before = look(tmp_path)
    assert sorted(before) == ["edited", "gone", "kept", "src/below"]
    assert changed(before, look(tmp_path)) == []
    (tmp_path / "edited").write_text("longer")
    os.utime(tmp_path / "src/below", ns=(1, 1))
    (tmp_path / "gone").unlink()
    (tmp_path / "new").touch()
    (tmp_path / ".hidden").write_text("longer")
    for made in ("__pycache__", "build"):
        (tmp_path / made).mkdir()
        (tmp_path / made / "compiled").touch()
    assert changed(before, look(tmp_path)) == ["edited", "gone", "new", "src/below"]
    assert wait(tmp_path, before) == ["edited", "gone", "new", "src/below"]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    for name in ("refuse.toml", "sick.py"):
        (tmp_path / name).write_text((NODES / name).read_text())
    command = [SCRIPT, "certify", "./refuse.toml", "--no-check", *ONE, "--watch", "."]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as it:
        yield it
        it.kill()


@pytest.mark.vm
def test_change_begins_no_run(watched: subprocess.Popen[str], tmp_path: Path) -> None:
    assert watched.stdout is not None

    def up_to(beginning: str) -> list[str]:
        found: list[str] = []
        for line in watched.stdout or ():
            found.append(line.rstrip("\n"))
            if line.startswith(beginning):
                return found
        raise AssertionError(found)

    assert "./refuse.toml: COULD NOT TELL: 1 case" in up_to("waiting for changes below .")[-2]
    (tmp_path / "refuse.toml").write_text("nonsense")
    assert up_to("waiting for changes")[0] == "changed: refuse.toml"  # and that it is no manifest, on standard error
    (tmp_path / "refuse.toml").write_text((NODES / "refuse.toml").read_text())
    again = up_to("waiting for changes")
    assert again[0] == "changed: refuse.toml"
    assert "./refuse.toml: COULD NOT TELL: 1 case" in again[-2]
    watched.send_signal(signal.SIGINT)
    _, said = watched.communicate(timeout=60)
    assert watched.returncode == 2
    assert said.startswith("Error: ")
    assert said.endswith("\ninterrupted\n")


def certified(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, "certify", *words], capture_output=True, text=True, check=False)


def test_lines_are_not_those_of_the_wire(erl: str) -> None:
    shown = certified("otp", "--erl", erl, "--wire", *ONE)
    lines = shown.stdout.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("case modes/test_delivery.py::test_"))
    sent = [json.loads(line[3:]) for line in lines[begin:] if line.startswith("-> ")]
    received = [json.loads(line[3:]) for line in lines[begin:] if line.startswith("<- ")]
    assert sent[0]["do"] == "spawn"
    assert next(each["function"] for each in sent if each["do"] == "call") in ("connect", "listen")
    answered = {each["id"] for each in received if "id" in each}
    assert {each["id"] for each in sent if each["do"] == "call"} <= answered
    assert shown.returncode == 0, shown.stderr


def test_node_without_a_wire_shows_nothing_and_says_nothing() -> None:
    shown = certified("reference", "--wire", *ONE)
    assert (shown.returncode, shown.stderr) == (
        0,
        "reference: --wire has nothing to show: this node is no program that the kit talks to by wire\n",
    )


@pytest.mark.parametrize("words", [("--wire",), ("--wire", *ONE, "-n", "2")])
def test_wire_of_a_whole_run_is_shown(words: tuple[str, ...]) -> None:
    shown = certified("reference", *words)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.endswith(
        "Error: --wire shows a few cases in one process: it goes with --clause, and without -n\n"
    )
