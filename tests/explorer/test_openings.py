"""What comes before the first step is remembered, and no script leaves anything behind."""

from __future__ import annotations

import gc

import pytest

from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.models import oracle_of
from gen_tck.conformance.explorer.oracle.openings import CannotRemember, Remembered
from gen_tck.conformance.explorer.oracle.oracle import Oracle, Prediction
from gen_tck.conformance.explorer.oracle.state import state
from gen_tck.conformance.explorer.script.script import Setting
from gen_tck.reference.vm import Vm

SCRIPTS = 120
SEED = 31


def predictions(oracle: Oracle) -> list[Prediction]:
    generator = Generator(SEED)
    return [oracle.predict(*generator.random(number), number) for number in range(SCRIPTS)]


@pytest.mark.parametrize("oracle", [Oracle(), oracle_of("otp-inet", 25), oracle_of("otp-socket", 27)])
def test_remembered_opening_changes_nothing(oracle: Oracle) -> None:
    assert predictions(oracle) == predictions(oracle) == predictions(oracle)


@pytest.mark.parametrize("setting", [Setting(), Setting(second=True), Setting(listening=True)])
def test_remembered_opening_leaves_the_state_that_opening_does(setting: Setting) -> None:
    oracle, states = Oracle(), []
    for _ in range(4):
        with oracle.running(setting, ()) as (node, runner):
            states.append(state(node, runner, {}))
    assert states == [states[0]] * 4


def test_copies_of_an_opening_have_nothing_in_common() -> None:
    oracle = Oracle()
    seen = []
    for _ in range(4):
        with oracle.running(Setting(), ()) as (node, _):
            seen.append(node.system)
            node.system.vm.files["file"] = b"of one script"
    assert len({id(each) for each in seen}) == len(seen)
    with oracle.running(Setting(), ()) as (node, _):
        assert not node.system.vm.files


def test_copy_refers_to_itself_as_the_original_does() -> None:
    inner: list[object] = [1]
    shared: list[object] = [2]
    table: dict[object, object] = {"inner": inner, "again": inner, "both": (inner, shared)}
    inner.append(table)
    (copied,) = Remembered((table,), [shared], {}).copied()
    assert copied is not table
    assert copied["inner"] is copied["again"] is copied["both"][0]
    assert copied["inner"] is not inner
    assert copied["inner"][1] is copied
    assert copied["both"][1] is shared


def test_what_has_no_copy_is_not_remembered() -> None:
    with pytest.raises(CannotRemember, match="generator"):
        Remembered(((number for number in range(3)),), [], {})


@pytest.mark.parametrize("oracle", [oracle_of("otp-inet", 25), oracle_of("otp-socket", 27)])
def test_script_leaves_nothing_to_the_garbage_collector(oracle: Oracle) -> None:
    generator = Generator(SEED)
    oracle.predict(Setting(), ())
    gc.collect()
    before = _vms()
    gc.disable()
    try:
        for number in range(SCRIPTS):
            oracle.predict(*generator.random(number), number)
        after = _vms()
    finally:
        gc.enable()
    assert after <= before + SCRIPTS // 20


def _vms() -> int:
    return sum(isinstance(each, Vm) for each in gc.get_objects())
