"""The command, as a shell sees it: what it says, its exit status, and what it leaves behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from gen_tck.spec.profiles import PROFILES
from tests.slow import is_slow

pytestmark = pytest.mark.vm

SCRIPT = Path(sys.executable).with_name("gen-tck")
NODES = Path(__file__).parents[1] / "nodes"
FEW = ("--clause", "ownership/*")
"""A part of the specification, large enough for whatever these tests are about."""
ALL_OF_A_FEW = ("--clause", "ownership/o*", "--run-blocked")
"""A small part, of which each case is run whatever happens to others."""
_PATIENCE = 60.0
"""Seconds that only a failing test waits."""


class Command:
    """Runs ``gen-tck`` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pids = folder / "pids"
        """Where sick nodes leave their process ids."""
        self.environment = os.environ | {"SICK_PIDS": str(self.pids), "COLUMNS": "200"}

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end. Whatever it is asked, it never shows a traceback and leaves no node behind."""
        done = subprocess.run(
            [SCRIPT, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stdout + done.stderr
        assert not self.left_behind()
        return done

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start it, in a process group of its own as a shell would."""
        return subprocess.Popen(
            [SCRIPT, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def nodes(self) -> list[int]:
        """The process ids of all sick nodes that were ever started."""
        return [int(line) for line in self.pids.read_text().split()] if self.pids.exists() else []

    def left_behind(self) -> list[int]:
        """Those of the nodes that still run."""
        return [pid for pid in self.nodes() if Path(f"/proc/{pid}/cmdline").exists() and _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


Eventually: TypeAlias = Callable[[Callable[[], object]], bool]


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    made = Command(tmp_path)
    yield made
    for pid in made.left_behind():
        os.kill(pid, signal.SIGKILL)


def node(sickness: str) -> str:
    """The manifest of a sick node."""
    return str(NODES / f"{sickness}.toml")


# Bad input: said before anything runs


def spy(command: Command) -> str:
    """An ``--erl`` that leaves a trace if it is ever run."""
    script = command.folder / "erl-spy"
    script.write_text(f"#!/bin/sh\ntouch {command.folder}/ran\n")
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["ptp"],
            "Error: no node is called 'ptp': did you mean 'otp'? known are reference, reference-loopback, otp, "
            "otp-socket, or the path of a node.toml\n",
        ),
        (
            ["otp", "refrence"],
            "Error: no node is called 'refrence': did you mean 'reference'? known are reference, reference-loopback, "
            "otp, otp-socket, or the path of a node.toml\n",
        ),
        (["no/node.toml"], "Error: there is no node manifest no/node.toml\n"),
        (
            ["otp", "--clause", "modes/zzz*"],
            "Error: no clause matches 'modes/zzz*': gen-tck clauses lists them all\n",
        ),
        (
            ["otp", "--clause", "modes/active-delivers-message"],
            "Error: no clause matches 'modes/active-delivers-message': did you mean modes/active-delivers-messages?\n",
        ),
        (
            ["otp", "--profile", "cor"],
            f"Error: unknown profile 'cor': the profiles are core, {', '.join(PROFILES)}\n",
        ),
        (
            ["otp", "--profile", "active-n", "--clause", "ownership/creator-*"],
            "Error: no clause is left: none of profile active-n matches ownership/creator-*\n",
        ),
        (
            ["otp", "--results", "no/r.json"],
            "Error: results cannot be written to no/r.json: no such file or directory\n",
        ),
        (["otp", "--results", "."], "Error: results cannot be written to .: it is a directory\n"),
    ],
)
def test_bad_input_is_noticed_too_late(command: Command, arguments: list[str], said: str) -> None:
    done = command("certify", *arguments, "--erl", spy(command))
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
    assert not (command.folder / "ran").exists()


def test_results_of_two_nodes_overwrite_each_other(command: Command) -> None:
    done = command("certify", "reference", "otp", "--results", "r.json", "--erl", spy(command))
    assert done.returncode == 2
    assert "--results takes the results of one node" in done.stderr
    assert not (command.folder / "ran").exists()


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("comand = 'x'", "node.toml:1: Object contains unknown field `comand`"),
        ("command = [", "node.toml: "),
        ("command = []", "node.toml:1: the command is empty"),
        ('command = "\'x"', "node.toml:1: the command cannot be split into words: No closing quotation"),
        ("command = './x'\nprofiles = ['cor']", "node.toml:2: unknown profile 'cor': they are core, "),
        ("command = './x'\nlimits.lines = 1", "node.toml:2: there is no limit 'lines': they are start, "),
        ("command = " + "[" * 1000, "node.toml: it is nested too deeply"),
    ],
)
def test_wrong_manifest_is_a_traceback(command: Command, manifest: str, said: str) -> None:
    (command.folder / "node.toml").write_text(manifest)
    done = command("certify", "./node.toml")
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_manifest_of_a_command_that_is_not_there_is_a_traceback(command: Command) -> None:
    (command.folder / "node.toml").write_text("command = './nothing-here'")
    done = command("certify", "./node.toml")
    assert done.returncode == 2
    assert "nothing-here" in done.stderr
    assert done.stdout == "./node.toml: COULD NOT TELL\n"
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("erl", "said"),
    [
        ("/nowhere/erl", "otp: no `/nowhere/erl` here, which --erl names\n"),
        ("'", 'otp: --erl "\'" is no command: No closing quotation\n'),
        (
            "sh -c 'echo no licence'",
            "otp: `sh -c 'echo no licence'` ended before it dialled back (exit status 0, it printed: 'no licence')\n",
        ),
    ],
)
def test_erlang_that_cannot_be_had_is_a_traceback(command: Command, erl: str, said: str) -> None:
    for workers in ("0", "2"):
        done = command("certify", "otp", "--erl", erl, "-n", workers)
        assert done.returncode == 2
        assert done.stderr.startswith(said)
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == "otp: COULD NOT TELL\n"


def test_missing_erlang_is_a_traceback(command: Command) -> None:
    command.environment["PATH"] = "/nowhere"
    done = command("certify", "otp")
    assert done.returncode == 2
    assert done.stderr == (
        "otp: no `erl` here: install Erlang/OTP 25 or later (Debian: erlang-base) or name one with --erl\n"
    )


def test_unknown_command_is_a_traceback(command: Command) -> None:
    done = command("certifi")
    assert done.returncode == 2
    assert "No such command 'certifi'" in done.stderr


# A node that fails


def test_death_in_the_middle_ends_the_run(command: Command) -> None:
    done = command("certify", "--no-check", node("die"), *ALL_OF_A_FEW, "--results", "r.json")
    assert done.returncode == 1
    results = json.loads((command.folder / "r.json").read_text())
    died = [look for case in results["cases"] for look in case["looks"] if look["seen"] == "the node failed"]
    assert len(died) == 1
    assert died[0]["message"].endswith("it printed: 'out of memory: cannot make a process'")
    assert "out of memory: cannot make a process" in done.stdout
    assert results["complete"]
    assert len(results["cases"]) > 10


def test_node_that_always_dies_is_started_for_ever(command: Command) -> None:
    limit = ("--limit", "failures_in_a_row=6", "--run-blocked")
    done = command("certify", "--no-check", node("die-always"), *FEW, *limit, "--results", "r.json")
    assert done.returncode == 1
    results = json.loads((command.folder / "r.json").read_text())
    # Each is looked at twice before it is believed.
    assert sum(case["seen"] == "the node failed" for case in results["cases"]) == 3
    slow = {True: set[str](), False: set[str]()}
    for case in results["cases"]:
        slow[is_slow(case["clauses"])].add(case["own"] or case["verdict"])
    assert slow == {True: {"left-out"}, False: {"fail", "not-run"}}
    assert not results["complete"]
    assert len(command.nodes()) == 6


def test_node_that_never_answers_is_waited_for(command: Command) -> None:
    done = command("certify", "--no-check", node("mute"), *FEW, "--limit", "answer=0.5")
    assert done.returncode == 2
    assert "does not answer: `spawn` took over 0.5 s, so it was killed" in done.stdout
    assert re.search(r": COULD NOT TELL: .* \(.*\)\n\Z", done.stdout)
    # It is asked once more when it was started again, and that is all.
    assert len(command.nodes()) == 2


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        (("certify", "--no-check", *FEW), 100),
        (("certify", "--no-check", *FEW, "--limit", "events=50"), 50),
        (("explore", "--scripts", "20", "--limit", "events=50"), 50),
    ],
)
def test_node_that_never_stops_is_listened_to(command: Command, arguments: tuple[str, ...], most: int) -> None:
    done = command(*arguments, node("babble"))
    assert done.returncode == 2
    assert f"over {most} events a second (--limit events=N allows more)" in done.stdout + done.stderr


@pytest.mark.parametrize("how", ["certify", "explore"])
def test_limit_that_is_none_is_a_traceback(command: Command, how: str) -> None:
    done = command(how, "reference", "--limit", "lines=5")
    assert done.returncode == 2
    assert "there is no limit 'lines': they are start, answer, " in done.stderr


def test_node_whose_calls_never_return_is_waited_for(command: Command) -> None:
    done = command("certify", "--no-check", node("deaf"), *FEW)
    assert done.returncode == 1
    assert re.search(r"expected +the call to return\n +saw +it blocked \(waited 0\.\d+ s\)\n", done.stdout)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_interrupt_leaves_a_node_or_loses_the_results(command: Command, eventually: Eventually, workers: str) -> None:
    process = command.start("certify", "--no-check", node("stall"), *ALL_OF_A_FEW, "--results", "r.json", "-n", workers)
    assert eventually(command.pids.with_suffix(".stalled").exists)
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 2
    assert stderr.endswith("interrupted\n")
    assert "Traceback" not in stdout + stderr
    # The bar at the end of the table: what is known by then, and that it is not all.
    assert re.search(r"│ all +│ +\d", stdout)
    assert "the run is not complete (" in stdout
    results = json.loads((command.folder / "r.json").read_text())
    assert not results["complete"]
    assert any("not-run" in (case["verdict"], case["own"]) for case in results["cases"])
    assert command.nodes()
    assert eventually(lambda: not command.left_behind())


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGTERM, "0"), (signal.SIGKILL, "0"), (signal.SIGKILL, "2")])
def test_death_of_the_kit_leaves_a_node(
    command: Command, eventually: Eventually, number: signal.Signals, workers: str
) -> None:
    process = command.start("certify", "--no-check", node("stall"), *ALL_OF_A_FEW, "-n", workers)
    assert eventually(command.pids.with_suffix(".stalled").exists)
    process.send_signal(number)
    process.communicate(timeout=_PATIENCE)
    assert process.returncode == (2 if number == signal.SIGTERM else -number)
    assert eventually(lambda: not command.left_behind())


# Verdicts


def test_reference_does_not_conform(command: Command) -> None:
    done = command("certify")
    assert done.stderr == ""
    assert re.search(
        r"^reference: CONFORMS to all profiles \(must (\d+) of \1, should (\d+) of \2\)\n\Z", done.stdout, re.MULTILINE
    )
    assert done.returncode == 0


def test_several_nodes_get_one_verdict(command: Command) -> None:
    done = command("certify", "--no-check", "reference", node("refuse"), "reference-loopback", *FEW)
    verdicts = re.findall(r"^(\S+): (CONFORMS|DOES NOT CONFORM)\b", done.stdout, re.MULTILINE)
    assert verdicts == [
        ("reference", "CONFORMS"),
        (node("refuse"), "DOES NOT CONFORM"),
        ("reference-loopback", "CONFORMS"),
    ]
    assert done.returncode == 1


def test_workers_come_to_another_verdict(command: Command) -> None:
    verdicts = []
    for workers in ("0", "2"):
        command("certify", "--no-check", node("refuse"), *FEW, "-n", workers, "--results", "r.json")
        results = json.loads((command.folder / "r.json").read_text())
        assert results["node"]["name"] == "sick-refuse"
        verdicts.append({case["id"]: case["verdict"] for case in results["cases"]})
    assert verdicts[0] == verdicts[1]


def test_users_configuration_disturbs_the_run(command: Command) -> None:
    (command.folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (command.folder / "conftest.py").write_text("raise SystemExit('the wrong conftest')\n")
    command.environment["PYTEST_ADDOPTS"] = "--no-such-option"
    assert command("certify", *FEW).returncode == 0


def test_strict_excuses_recorded_deviations(command: Command) -> None:
    (command.folder / "deviations.toml").write_text(
        """
        [[deviation]]
        clause = "ownership/creator-owns-the-socket"
        test = "test_creator_does_not_own_the_socket"
        seen = "whatever"
        reason = "for the test"
        """
    )
    text = Path(node("refuse")).read_text().replace("./sick.py", str(NODES / "sick.py"))
    (command.folder / "node.toml").write_text(text)
    which = ("--no-check", "--clause", "ownership/creator-owns-the-socket")
    loose = command("certify", "./node.toml", *which)
    assert "deviations.toml:2: it names test_creator_does_not_own_the_socket, which is no test" in loose.stderr
    strict = command("certify", "./node.toml", *which, "--strict")
    assert "no test" not in strict.stderr


# The other commands


def test_nodes_hides_what_is_missing(command: Command) -> None:
    done = command("nodes", "--erl", "/nowhere/erl")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("reference           the reference on a simulated network")
    assert "ready: reference " in lines[0]
    assert lines[2].startswith("otp  ")
    assert lines[2].endswith("missing: no `/nowhere/erl` here, which --erl names")


def test_clauses_lists_others(command: Command) -> None:
    done = command("clauses", "modes/active-delivers-*")
    assert done.returncode == 0
    columns = ("modes/active-delivers-messages", "must", "essentials", "documented", r"\d+ cases?\n")
    assert re.fullmatch(" +".join(columns), done.stdout)
    done = command("clauses", "modes/active-delivers-message")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("did you mean modes/active-delivers-messages?\n")


def test_show_leaves_something_out(command: Command) -> None:
    done = command("show", "modes/active-delivers-messages")
    assert done.returncode == 0
    for wanted in ("level      must", "basis      documented", "modes.md:", "Intent: ", "  modes/test_"):
        assert wanted in done.stdout
    done = command("show", "modes/active-delivers")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: no clause is called 'modes/active-delivers': did you mean modes/active-")


def test_retired_id_is_unknown(command: Command) -> None:
    done = command("show", "closing/monitor-of-a-closed-socket")
    assert done.returncode == 0
    begin, _, successor = done.stdout.partition("\n\n")
    assert begin.startswith(
        "closing/monitor-of-a-closed-socket is retired, see ownership/monitor-of-a-closed-socket-fires-at-once: "
    )
    assert successor.startswith("ownership/monitor-of-a-closed-socket-fires-at-once\n")
    done = command("certify", "reference", "--clause", "closing/monitor-of-a-closed-socket")
    assert done.returncode == 2
    assert "is retired, see ownership/monitor-of-a-closed-socket-fires-at-once: " in done.stderr


def test_reader_that_has_seen_enough_gets_a_traceback(command: Command) -> None:
    process = command.start("clauses")
    assert process.stdout is not None
    process.stdout.close()
    _, stderr = process.communicate(timeout=_PATIENCE)
    assert "Traceback" not in stderr
    assert "Exception" not in stderr


# Upkeep of the recorded deviations


def copied(command: Command) -> Path:
    """Put the node that refuses everything into the command's folder; the file of its deviations."""
    (command.folder / "node.toml").write_text((NODES / "refuse.toml").read_text())
    (command.folder / "sick.py").write_text((NODES / "sick.py").read_text())
    return command.folder / "deviations.toml"


def test_new_deviation_needs_no_reason(command: Command) -> None:
    file = copied(command)
    file.write_text("# of this node\n")
    modes = ("certify", "--no-check", "./node.toml", "--clause", "modes/s*")
    first = command(*modes, "--update-deviations")
    found = file.read_text()
    number = found.count("[[deviation]]")
    assert number > 1
    assert found.startswith("# of this node\n\n[[deviation]]\n")
    assert first.returncode == 1
    last = f"deviations.toml: {number} of them wait for a reason; write it in the place of TODO"
    assert first.stdout.splitlines()[-1] == last

    second = command(*modes, "--update-deviations")
    assert (second.returncode, file.read_text()) == (0, found)
    assert second.stdout.splitlines()[-1] == "deviations.toml: nothing to change"

    plain = command(*modes)
    assert (plain.returncode, plain.stdout) == (2, "")
    told = r"Error: deviations\.toml:3: the deviation from modes/\S+ waits for its reason: write why test_"
    assert re.match(told, plain.stderr)

    file.write_text(found.replace("TODO", "It refuses everything"))
    assert "waits for its reason" not in command(*modes).stderr


def test_update_and_strict_go_together(command: Command) -> None:
    done = command("certify", "reference", "--strict", "--update-deviations")
    assert done.returncode == 2
    assert "--strict takes no notice of what --update-deviations writes: leave one of them out" in done.stderr
