"""Runs the kit on a bad node as a user would, under limits of the operating system, and looks at what is left."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MEMORY = 1 << 30
"""Bytes of address space for the kit, and for each node: a gigabyte."""
FILE = 64 << 20
"""Bytes that the kit may write to a file."""
PATIENCE = 60.0
"""Seconds that only a failing test waits."""
SIMPLE = "ownership/monitor-answers"
"""The clause whose case :class:`hostile.Sound` passes."""


@dataclass
class Ran:
    """How a run of the kit ended."""

    status: int
    """The exit status, negative for a signal."""
    said: str
    """All that it printed."""
    results: dict[str, Any] | None
    """Its results, if it wrote any."""
    alive: list[int]
    """The processes of the node that live on."""
    left: list[str]
    """What it left behind that nobody asked for: files, relative to the folder."""
    written: int
    """The size of all that it wrote, in bytes."""

    @property
    def verdicts(self) -> dict[str, int]:
        """How many cases have each verdict."""
        found: dict[str, int] = {}
        for case in (self.results or {}).get("cases", ()):
            found[case["verdict"]] = found.get(case["verdict"], 0) + 1
        return found


def kit(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run ``gen-tck`` in ``folder``, under limits; a run without end is killed."""
    with begin(folder, *arguments, **environment) as process:
        try:
            said, complaint = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, said, complaint)


def begin(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.Popen[bytes]:
    """Begin to run ``gen-tck`` in ``folder``, under limits."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    return subprocess.Popen(
        [Path(sys.executable).with_name("gen-tck"), *arguments],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(temporary), "COLUMNS": "200", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=limit,
    )


def limit() -> None:
    """Limit what this process, and all that it starts, may use."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(name: str, folder: Path, is_gone: Callable[[int], bool], *arguments: str) -> Ran:
    """``gen-tck certify`` (or what ``arguments`` say instead) on the bad node ``name``, in an empty ``folder``."""
    environment = prepare(name, folder)
    pids, results = folder / "pids", folder / "results.json"
    try:
        done = kit(folder, *arguments, **environment)
    finally:
        alive = living(pids, is_gone)
    expected = {"node.toml", "pids", "starts", "tmp", "results.json"}
    files = [path for path in folder.rglob("*") if path.is_file()]
    left = [path.relative_to(folder) for path in files if path.name not in expected]
    return Ran(
        done.returncode,
        (done.stdout + done.stderr).decode(),
        json.loads(results.read_bytes()) if results.exists() else None,
        alive,
        [str(path) for path in left if path.parts[0] != "results.traces" or path.name.startswith(".")],
        sum(path.stat().st_size for path in files),
    )


def prepare(name: str, folder: Path) -> dict[str, str]:
    """Write a ``node.toml`` for the bad node ``name`` into ``folder``; the environment that it wants."""
    command = [sys.executable, str(HERE / "hostile.py"), name]
    (folder / "node.toml").write_text(f"command = {json.dumps(command)}\n")
    return {"HOSTILE_PIDS": str(folder / "pids"), "HOSTILE_STARTS": str(folder / "starts")}


def living(pids: Path, is_gone: Callable[[int], bool]) -> list[int]:
    """The processes in the file ``pids`` that live on. They are ended."""
    known = [int(line) for line in pids.read_text().split()] if pids.exists() else []
    until = time.monotonic() + 2  # init may take a moment for those that it adopted
    while (alive := [pid for pid in known if not is_gone(pid)]) and time.monotonic() < until:
        time.sleep(0.01)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    return alive
