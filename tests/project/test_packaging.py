"""The wheel holds the package and its rooms, whole, works in a fresh environment, and puts nothing else anywhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOMS = ("spec", "reference", "adapters", "conformance")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
LEAVINGS = ("__pycache__", "*.pyc", "*.beam", ".*_cache", "*~", "build")


def run(command: Sequence[str | Path], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def source(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the wheel is made of: building leaves files behind, and old ones would get into the wheel."""
    folder = tmp_path_factory.mktemp("source")
    for room in ("api", *ROOMS):
        shutil.copytree(checkout / room, folder / room, ignore=shutil.ignore_patterns(*LEAVINGS))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(checkout / file, folder)
    return folder


@pytest.fixture(scope="module")
def expected(source: Path) -> set[str]:
    """The files that belong into the wheel: every file of the four rooms, and of ``api``, the package around them."""
    files = [file for room in ("api", *ROOMS) for file in (source / room).rglob("*") if file.is_file()]
    return {f"gen_tck/{file.relative_to(source).as_posix()}".replace("gen_tck/api/", "gen_tck/") for file in files}


@pytest.fixture(scope="module")
def wheel(source: Path, expected: set[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from ``source``. (``expected`` is taken before the build adds files of its own.)"""
    folder = tmp_path_factory.mktemp("wheel")
    built = run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, "."], source)
    assert built.returncode == 0, built.stderr
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of a fresh environment with the wheel in it; its dependencies come from this environment."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False)
    installed = run([*PIP, "--python", folder, "install", "--no-deps", wheel], folder)
    assert installed.returncode == 0, installed.stderr
    (site,) = folder.glob("lib/python3*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_every_file_of_the_rooms_is_in_the_wheel(wheel: Path, expected: set[str]) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert expected - inside == set(), "missing: is its package or its suffix named in pyproject.toml?"
    assert inside - expected == set()


def test_nothing_generic_lands_in_site_packages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert len(top) == 2
    assert "gen_tck" in top
    assert all(re.fullmatch(r"gen_tck(-[\w.]+\.dist-info)?", name) for name in top)


def test_licence_is_in_the_wheel(wheel: Path) -> None:
    (name,) = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("licenses/LICENSE")]
    assert b"Apache License" in zipfile.ZipFile(wheel).read(name)


def test_command_works_from_the_wheel(fresh: Path, tmp_path: Path) -> None:
    seen = run([fresh / "gen-tck", "--help"], tmp_path)
    assert seen.returncode == 0, seen.stderr
    assert "certify" in seen.stdout


def test_project_from_the_wheel_is_another(fresh: Path, checkout: Path, tmp_path: Path) -> None:
    """Folders that begin with a dot are in it, too, and nothing that a run in place has left behind."""
    for starter in sorted(each for each in (checkout / "adapters" / "starters").iterdir() if each.is_dir()):
        seen = run([fresh / "gen-tck", "new", starter.name, "--in", starter.name], tmp_path)
        assert (seen.returncode, seen.stderr) == (0, "")
        made = tmp_path / starter.name
        assert (made / ".github" / "workflows" / "certify.yml").is_file()
        files = [each.relative_to(made) for each in made.rglob("*") if each.is_file()]
        assert {each: (made / each).read_bytes() for each in files} == {
            each: (starter / each).read_bytes().replace(b"{{name}}", starter.name.encode()) for each in files
        }
        tracked = [each.relative_to(starter) for each in starter.rglob("*") if each.is_file()]
        assert {*files} == {each for each in tracked if not {*each.parts} & {"__pycache__", "build"}}


def test_module_is_another_command(fresh: Path, tmp_path: Path) -> None:
    seen = run([fresh / "python", "-m", "gen_tck", "calls", "--json"], tmp_path)
    assert (seen.returncode, seen.stdout) == (0, run([fresh / "gen-tck", "calls", "--json"], tmp_path).stdout)


USER = """\
import gen_tck
from gen_tck.spec.terms import Atom

found: gen_tck.Results = gen_tck.certify("reference", clauses=["modes/count-*"], limits={"total": 60})
failed: list[str] = [case.id for case in found.cases if case.verdict == "fail"]
explored: gen_tck.Exploration = gen_tck.explore("reference", scripts=50)
words: str = f"{gen_tck.__version__} {found.conclusion} {len(failed)} {explored.scripts} {Atom('ok').name}"
print(words)
"""


def test_program_of_a_user_does_not_run(fresh: Path, tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER)
    seen = run([fresh / "python", "user.py"], tmp_path)
    assert (seen.returncode, seen.stderr) == (0, "")
    assert re.fullmatch(r"\S+ CONFORMS 0 50 ok\n", seen.stdout)


def test_program_of_a_user_has_no_types(fresh: Path, tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not here (pip install 'gen-tck[types]')")
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "wrong.py").write_text('import gen_tck\ngen_tck.nothing\ngen_tck.certify("reference", clauses=1)\n')
    mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", fresh / "python")
    seen = run([*mypy, "user.py"], tmp_path)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    seen = run([*mypy, "wrong.py"], tmp_path)
    assert re.findall(r"^wrong.py:(\d): .*\[([\w-]+)\]$", seen.stdout, re.MULTILINE) == [
        ("2", "attr-defined"),
        ("3", "arg-type"),
    ]


def test_rooms_come_from_the_wheel(fresh: Path, tmp_path: Path) -> None:
    program = f"import importlib\nfor room in {ROOMS}: print(importlib.import_module('gen_tck.' + room).__file__)"
    seen = run([fresh / "python", "-c", program], tmp_path)
    assert seen.returncode == 0, seen.stderr
    assert len(seen.stdout.splitlines()) == len(ROOMS)
    for line in seen.stdout.splitlines():
        assert Path(line).is_relative_to(fresh.parent)


def test_conformance_tests_are_collected_from_the_wheel(fresh: Path, tmp_path: Path) -> None:
    pytest_there: list[str | Path] = [fresh / "python", "-m", "pytest", "-p", "no:cacheprovider"]
    seen = run([*pytest_there, "--collect-only", "-q", "--pyargs", "gen_tck.conformance"], tmp_path)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert re.search(r"^\d\d+ tests collected", seen.stdout, re.MULTILINE), seen.stdout[-500:]


def test_command_starts_without_the_test_machinery(fresh: Path, tmp_path: Path) -> None:
    """``gen-tck --help`` is to be instant: what it imports decides that, not the speed of this machine."""
    seen = run([fresh / "python", "-X", "importtime", fresh / "gen-tck", "--help"], tmp_path)
    assert seen.returncode == 0, seen.stderr
    imported = {line.rpartition("|")[2].strip() for line in seen.stderr.splitlines()}
    assert imported & {"pytest", "_pytest", "hypothesis", "xdist"} == set()
