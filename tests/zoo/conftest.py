"""Registers the zoo as an installed package would register its nodes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

HERE = Path(__file__).parent
ZOO = run_path(str(HERE / "wrong_nodes.py"))["ZOO"]
SEEDS = (1, 2, 5)
"""Of the nodes ``garbled-1``, ``garbled-2``..., which garble a tenth, a fiftieth and a third of what they pass on."""


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this worker's results."""
    return tmp_path_factory.mktemp("zoo")


@pytest.fixture(scope="session")
def certify(zoo: Path) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Certify an animal of the zoo, with the results in ``folder`` (the worker's): the exit status and the results."""
    package = zoo / "gen_tck_zoo-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: gen-tck-zoo\nVersion: 1\n")
    lines = [f"{name} = wrong_nodes:open_{name.replace('-', '_')}" for name in ZOO]
    lines += [f"garbled-{seed} = garbled:open_{seed}" for seed in SEEDS]
    (package / "entry_points.txt").write_text("[gen_tck.nodes]\n" + "\n".join(lines) + "\n")
    known = filter(None, [os.environ.get("PYTHONPATH")])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(zoo), str(HERE), *known])}

    def run(name: str, *options: str, folder: Path = zoo) -> tuple[int, dict[str, Any]]:
        results = folder / (
            f"{name}-part.json" if options else f"{name}.json"
        )  # a narrower run does not replace the whole
        script = Path(sys.executable).with_name("gen-tck")
        command: list[str | Path] = [script, "certify", name, "--results", results, *options]
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        assert results.exists(), done.stdout + done.stderr
        return done.returncode, json.loads(results.read_text())

    return run
