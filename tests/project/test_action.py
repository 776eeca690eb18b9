"""What the GitHub Action runs, on a runner of our own making."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASE = {"ERL": "erl", "PROFILE": "", "CLAUSE": "modes/active-*", "WORKERS": "0", "STRICT": "false"}


class Runner:
    """A machine on which the action runs."""

    def __init__(self, folder: Path, script: Path) -> None:
        self.folder, self._script = folder, script
        self.summary, self.outputs = "", {"": ""}

    def run(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run the step; what it left for the job's page and for further steps is kept."""
        files = {name: self.folder / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        for path in files.values():
            path.write_text("")
        commands = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = os.environ | {"PATH": commands, "RUNNER_TEMP": str(self.folder), **BASE, **inputs}
        environment |= {name: str(file) for name, file in files.items()}
        done = subprocess.run([self._script], env=environment, capture_output=True, text=True, check=False)
        self.summary = files["GITHUB_STEP_SUMMARY"].read_text()
        self.outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        return done


@pytest.fixture
def runner(tmp_path: Path, checkout: Path) -> Runner:
    if shutil.which("bash") is None:
        pytest.skip("there is no `bash` here")
    return Runner(tmp_path, checkout / "tools" / "certify-action")


def test_report_is_not_kept(runner: Runner) -> None:
    done = runner.run(NODE="reference")
    assert done.returncode == 0, done.stderr
    assert runner.outputs["conclusion"] == "CONFORMS"
    there = {path.name for path in Path(runner.outputs["folder"]).iterdir()}
    assert there == {"results.json", "results.traces", "report.html", "junit.xml", "badge.svg"}
    assert runner.summary.startswith("## ✅ reference")


def test_node_that_cannot_start_leaves_no_word(runner: Runner) -> None:
    assert runner.run(NODE="otp", ERL="/nowhere/erl").returncode == 2
    assert runner.outputs["conclusion"] == "COULD NOT TELL"
    assert "COULD NOT TELL" in runner.summary


def test_inputs_are_run(runner: Runner) -> None:
    evil = "$(touch owned); touch owned"
    assert runner.run(NODE=evil, CLAUSE=evil, PROFILE=evil).returncode == 2
    assert runner.run(NODE="--help").returncode == 2
    assert not (Path.cwd() / "owned").exists()
    assert not (runner.folder / "owned").exists()


def test_input_does_not_reach_the_step(checkout: Path) -> None:
    text = (checkout / "action.yml").read_text()
    declared = set(re.findall(r"^  ([a-z]+):$", text.partition("outputs:")[0], re.MULTILINE))
    assert declared == set(re.findall(r"inputs\.([a-z]+)", text))
    script = (checkout / "tools" / "certify-action").read_text()
    given = set(re.findall(r"^        ([A-Z]+): ", text.partition("id: certify")[2], re.MULTILINE)) - {"KIT"}
    assert given == {*BASE, "NODE"}
    assert all(f'"${each}"' in script for each in given)
    # Text of an input in a script would be run.
    assert not re.search(r"run:.*\$\{\{", text)
