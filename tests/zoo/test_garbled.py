"""Whatever a node answers, no case ends as an error of the kit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ANSWERS = Path(__file__).parents[1] / "nodes" / "answers.py"

pytestmark = pytest.mark.vm


def errors(results: dict[str, Any]) -> list[tuple[str, str]]:
    """Cases that are the kit's fault, and what it says of them."""
    return [(case["id"], case["message"]) for case in results["cases"] if case["verdict"] == "kit-error"]


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_rubbish_breaks_the_kit(seed: int, certify: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    _, results = certify(f"garbled-{seed}")
    assert errors(results) == []


@pytest.mark.parametrize("kind", ["all-ok-number", "messages-improper", "status-suspended", "port-huge"])
def test_rubbish_over_the_wire_breaks_the_kit(kind: str, tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_text(f"command = {json.dumps([sys.executable, str(ANSWERS), kind])}")
    script = Path(sys.executable).with_name("gen-tck")
    command: list[str | Path] = [
        script,
        "certify",
        "--no-check",
        "./node.toml",
        "--clause",
        "ownership/a*",
        "--clause",
        "modes/c*",
        "--results",
        "results.json",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (tmp_path / "results.json").exists(), done.stdout + done.stderr
    assert errors(json.loads((tmp_path / "results.json").read_text())) == []
