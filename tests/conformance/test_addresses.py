"""Runs beside each other do not take each other's ports."""

from __future__ import annotations

import subprocess
import sys

_TELL = """
from gen_tck.conformance.opening.steps import OTHER, OWN_PORT, THIRD
print(OTHER, THIRD, OWN_PORT)
input()
"""


def test_two_runs_have_an_address_in_common() -> None:
    told = []
    runs = [
        subprocess.Popen([sys.executable, "-c", _TELL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        for run in runs:
            assert run.stdout is not None
            told.append(run.stdout.readline().split(") "))
    finally:
        for run in runs:
            run.communicate("\n")
    one, other = told
    assert len(one) == len(other) == 3
    assert not set(one) & set(other)
    assert one[0] != one[1]
