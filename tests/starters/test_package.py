"""A package of somebody else's that brings a node along, installed without a network: ``examples/nodes/python``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def python(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the package in it; all else comes from this environment."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder / "venv", with_pip=False)
    (site,) = (folder / "venv").glob("lib/python3*/site-packages")
    (site / "here.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    ignore = shutil.ignore_patterns("__pycache__", "build", "*.egg-info", "*_cache")
    shutil.copytree(checkout / "examples" / "nodes" / "python", folder / "source", ignore=ignore)
    where, what = str(folder / "venv"), str(folder / "source")
    install = [*PIP, "--python", where, "install", "--no-deps", "--no-build-isolation", what]
    installed = subprocess.run(install, capture_output=True, text=True, check=False)
    assert installed.returncode == 0, installed.stderr
    shutil.rmtree(folder / "source")
    return folder / "venv" / "bin" / "python"


def gen_tck(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "gen_tck", *words]
    return subprocess.run(command, cwd=python.parent, capture_output=True, text=True, check=False)


@pytest.mark.vm
def test_installed_node_is_not_known(python: Path) -> None:
    seen = gen_tck(python, "nodes")
    (line,) = [line for line in seen.stdout.splitlines() if line.startswith("python-sockets ")]
    assert "registered by python_sockets:start" in line
    assert "ready: python-sockets 0.1 (core)" in line


@pytest.mark.vm
def test_installed_node_does_not_conform(python: Path) -> None:
    assert gen_tck(python, "check", "python-sockets").returncode == 0
    seen = gen_tck(python, "certify", "python-sockets", "--profile", "essentials")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "python-sockets: CONFORMS to essentials" in seen.stdout


def test_types_are_wrong(checkout: Path, tmp_path: Path) -> None:
    """The projects in Python, as strictly as a user may ask for."""
    pytest.importorskip("mypy", reason="mypy is not here (pip install 'gen-tck[types]')")
    for number, folder in enumerate(("adapters/starters/python", "examples/nodes/python/python_sockets/program")):
        copy = tmp_path / str(number)
        shutil.copytree(checkout / folder, copy, ignore=shutil.ignore_patterns("*_cache", "__pycache__"))
        mypy = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10", "."]
        seen = subprocess.run(mypy, cwd=copy, capture_output=True, text=True, check=False)
        assert seen.returncode == 0, seen.stdout + seen.stderr
