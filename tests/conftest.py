"""Fixtures for all of the kit's own tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root folder of the repository."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def erl() -> str:
    """The command of the machine's own Erlang; the test is skipped where there is none."""
    if shutil.which("erl") is None:
        pytest.skip("there is no `erl` here (Debian: apt-get install erlang-base)")
    return "erl"
