"""A model shows what its faults let follow, and nothing else."""

from __future__ import annotations

import pytest

from gen_tck.adapters.interface import Returned
from gen_tck.conformance.explorer.findings.differences import DataDiffers, Function, OutcomeDiffers
from gen_tck.conformance.explorer.findings.models import shows
from gen_tck.conformance.explorer.oracle.admits import Impossible
from gen_tck.conformance.explorer.oracle.models import for_release
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.script.script import Changes
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.reference.models.otp_inet import MODELS
from gen_tck.spec.terms import Atom

KILLED = """
connect with [binary,{active,false}]
other: gen_tcp:recv('$socket', 0, infinity)
other gets exit signal kill
owner: gen_tcp:recv('$socket', 0, 0)
"""
ERROR = Atom("error")


def _predict(text: str) -> Prediction:
    return Oracle().predict(*parse(text))


def _returns(reason: str) -> Changes:
    return (("call", 0, ("returned", (ERROR, Atom(reason)))),)


def test_fault_is_not_shown() -> None:
    prediction = _predict(KILLED)
    assert prediction.expected[2] == _returns("timeout")
    assert shows("classic", Impossible(prediction, 2, _returns("ealready")), None)


def test_something_else_is_taken_for_the_fault() -> None:
    prediction = _predict(KILLED)
    assert not shows("classic", Impossible(prediction, 2, _returns("closed")), None)
    assert not shows("classic", Impossible(prediction, 1, _returns("ealready")), None)


def test_part_is_taken_for_the_whole() -> None:
    prediction = _predict(KILLED)
    both = (*_returns("ealready"), ("peer", (b"x",), "open"))
    recv = Function("gen_tcp", "recv")
    part = OutcomeDiffers(2, 0, recv, Returned((ERROR, Atom("timeout"))), Returned((ERROR, Atom("ealready"))))
    assert not shows("classic", Impossible(prediction, 2, both), None)
    assert shows("classic", Impossible(prediction, 2, both), part)
    assert not shows("classic", Impossible(prediction, 2, both), DataDiffers(2, "peer", (), (b"x",)))


@pytest.mark.parametrize(
    ("release", "model"),
    [("25", "classic"), ("26", "classic-26"), ("28", "classic-26"), ("29", "classic-29"), ("", "classic")],
)
def test_model_is_of_another_release(release: str, model: str) -> None:
    assert model in MODELS
    assert for_release("classic", release) == model
