"""A copy of the checkout, to try a change in: the rooms are where Python finds them, as in an editable installation."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOMS = ("spec", "reference", "adapters", "conformance")
HERE = Path(__file__).parent
GENERATED = {
    "adapters/wire.schema.json": "gen_tck.adapters.wire",
    "conformance/traces/trace.schema.json": "gen_tck.conformance.traces.lines",
    "conformance/results/results.schema.json": "gen_tck.conformance.results.file",
    "conformance/explorer/findings/exploration.schema.json": "gen_tck.conformance.explorer.findings.results",
    "conformance/run/uses.json": "gen_tck.conformance.run.uses",
    "spec/observed.toml": "gen_tck.conformance.results.observed",
}
"""What nobody writes by hand, and the module that prints it, or writes it (the last two, from runs on OTP)."""


def patch_of(kind: str) -> Path:
    """The demonstration of a kind of change."""
    return HERE / f"{kind.replace(' ', '-')}.patch"


def git(folder: Path, *words: str | Path) -> str:
    """What ``git`` says in ``folder``, of which it takes no repository above it for its own."""
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(["git", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def copied(checkout: Path, folder: Path) -> None:
    """Copy what git knows of ``checkout``, or would take if it were told to, as the working tree has it."""
    listed = git(checkout, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (checkout / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(checkout / name, folder / name)


def touched(patch: Path) -> list[str]:
    """The files that ``patch`` makes, changes or removes."""
    rows = git(patch.parent, "apply", "--numstat", "-z", patch).split("\0")
    return [row.split("\t")[2] for row in rows if row]


class Copy:
    """A copy of the checkout. Commands that run in it take the kit from there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._path = [root]

    def apply(self, patch: Path) -> None:
        """Make the change; it may stand at other lines by now. Raises ``RuntimeError`` if it does not fit."""
        git(self.root, "apply", "--whitespace=nowarn", patch)

    def make(self, *files: str) -> None:
        """Make anew what a command prints."""
        for file in files:
            self.write(file, self.python("-m", GENERATED[file]))

    def write(self, file: str, text: str) -> None:
        """Write ``file`` anew: other copies may have the old one."""
        (self.root / file).unlink(missing_ok=True)
        (self.root / file).write_text(text)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace the one place where ``old`` stands."""
        text = (self.root / file).read_text()
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        self.write(file, text.replace(old, new))

    def python(self, *words: str | Path, status: int = 0) -> str:
        """What Python says when it is run with these words. It ends with that exit status."""
        return self._run([sys.executable, *words], status)

    def install(self, folder: str) -> None:
        """Let the package in ``folder`` be known to what runs here, as an editable installation does."""
        made = self.root / folder
        subprocess.run(
            [sys.executable, "-c", "import setuptools; setuptools.setup()", "-q", "egg_info"], cwd=made, check=True
        )
        self._path.append(made)

    def gen_tck(self, *words: str | Path, status: int = 0) -> str:
        """What the command ``gen-tck`` says."""
        return self.python("-c", "from gen_tck.conformance.commands.entry import main; main()", *words, status=status)

    def pytest(self, *words: str, status: int = 0) -> str:
        """What pytest says of some of the kit's own tests."""
        return self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *words, status=status)

    def types(self, *modules: str, status: int = 0) -> str:
        """What mypy says of some modules of the kit, and of what they import."""
        words = [word for module in modules for word in ("-m", f"gen_tck.{module}")]
        # What it finds on the path of Python itself it takes for installed, and says nothing of it.
        environment = {"MYPYPATH": str(self.root), "PYTHONPATH": ""}
        return self._run([sys.executable, "-m", "mypy", "--no-error-summary", *words], status, environment)

    def _run(self, command: Sequence[str | Path], status: int, environment: Mapping[str, str] | None = None) -> str:
        known = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, self._path)), "COLUMNS": "200"}
        done = subprocess.run(
            command, cwd=self.root, env={**known, **(environment or {})}, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, f"{done.returncode}: {done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if status else "")


def base(checkout: Path, folder: Path) -> Copy:
    """The copy that others are copied from: compiled once, for all of them."""
    copied(checkout, folder)
    (folder / "gen_tck").mkdir()
    for file in (folder / "api").iterdir():
        (folder / "gen_tck" / file.name).symlink_to(Path("..", "api", file.name))
    for room in ROOMS:
        (folder / "gen_tck" / room).symlink_to(Path("..", room))
    made = Copy(folder)
    made.python("-m", "compileall", "-q", "-x", r"/test_\w+\.py$", "api", *ROOMS)
    made.gen_tck("certify", "reference", "--clause", "modes/setopts-answers")  # pytest compiles the tests
    return made


def copy_of(other: Copy, folder: Path) -> Copy:
    """Another copy in ``folder``, which is not there yet. They share their files until one writes its own."""
    shutil.copytree(other.root, folder, symlinks=True, copy_function=os.link)
    return Copy(folder)
