"""What cases leave behind: it is seen twice, is a case of its own, and is no matter of who does not count."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gen_tck.adapters import answers
from gen_tck.adapters.interface import AdapterError, CallFailed, Census, Node
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.harness.expect import Unexpected, Unsupported
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.counted import COUNTED, in_words

if TYPE_CHECKING:
    from tests.conformance.conftest import Kit

ASKS = """
@clause("closing/nothing-outlives-its-processes")
def test_asks(scenario):
    pass
"""
USES = """
@clause("modes/base")
def test_uses(scenario):
    scenario.connect(scenario.process("owner"))
"""
DEVIATION = """
[[deviation]]
clause = "closing/nothing-outlives-its-processes"
test = "test_uses"
seen = "1 timer"
reason = "it forgets to stop it"
"""


class Leaking(SimulatedNode):
    """Whoever opens a socket leaves a timer, as often as it is told to."""

    def __init__(self, often: int = 1000) -> None:
        super().__init__()
        self._often = often

    def clear(self) -> None:
        self._often -= bool(self._processes)
        super().clear()

    def census(self) -> Census:
        return {**super().census(), "timers": int(bool(self._processes) and self._often > 0)}


class Uncounted(SimulatedNode):
    """Claims all but to count, and is not asked to."""

    def __init__(self) -> None:
        super().__init__()
        claimed = self.capabilities.profiles - {"census"}
        self.capabilities = replace(self.capabilities, profiles=claimed)

    def census(self) -> Census:
        raise AssertionError("nobody may ask")


def test_what_is_left_is_no_case_of_its_own(kit: Kit) -> None:
    kit.write(test_it=ASKS + USES)
    kit.run(node=Leaking)
    uses, left, asks = kit.results().cases
    assert (uses.id, uses.verdict, uses.left) == ("test_it.py::test_uses", "pass", {"timers": 1})
    assert (left.id, left.left_by, left.verdict) == ("left/test_it.py::test_uses", uses.id, "fail")
    assert uses.left_by == asks.left_by == ""
    assert (asks.id, asks.verdict, asks.left) == ("test_it.py::test_asks", "pass", {})
    assert left.clauses == asks.clauses == ["closing/nothing-outlives-its-processes"]
    assert (left.seen, left.where) == ("1 timer", "when test_uses was over")
    assert kit.results().roots[0].clause == "closing/nothing-outlives-its-processes"


def test_what_was_left_once_counts(kit: Kit) -> None:
    kit.write(test_it=ASKS + USES)
    kit.run(node=lambda: Leaking(1))
    assert kit.results().conclusion == "CONFORMS"
    assert [case.left for case in kit.results().cases] == [{}, {}]


def test_recorded_leftover_is_a_failure_or_goes_stale_unnoticed(kit: Kit) -> None:
    kit.write(test_it=ASKS + USES)
    kit.record(DEVIATION)
    kit.run(node=Leaking)
    assert kit.results().conclusion == "DEVIATES AS RECORDED"
    kit.run()
    assert kit.results().stale[0].endswith("recorded was 1 timer, but it passed")


def test_leftover_is_looked_for_though_nobody_asks(kit: Kit) -> None:
    kit.write(test_it=USES)
    kit.record(DEVIATION)
    kit.run(node=Leaking)
    assert [case.left for case in kit.results().cases] == [None]
    assert kit.results().conclusion == "CONFORMS"


def test_node_that_does_not_count_is_worse_off(kit: Kit) -> None:
    kit.write(test_it=ASKS + USES)
    kit.run(node=Uncounted)
    assert kit.verdicts() == {"test_uses": "pass", "test_asks": "unsupported"}


def test_case_that_failed_is_asked_what_it_left(kit: Kit) -> None:
    kit.write(test_it=ASKS + USES + "    expect(1, 2)\n")
    kit.run(node=Leaking)
    assert kit.verdicts() == {"test_uses": "fail", "test_asks": "pass"}
    assert kit.results().cases[0].left is None


def test_census_of_a_scenario_is_told_in_other_words() -> None:
    scenario = Scenario(Leaking())
    owner = scenario.process("owner")
    before = scenario.census()
    scenario.is_left_with(before)
    owner.kill()
    with pytest.raises(Unexpected) as seen:
        scenario.is_left_with({})
    assert str(seen.value) == "census: expected nothing to be left, saw 1 timer"
    with pytest.raises(Unsupported, match="does not claim the profile census"):
        Scenario(Uncounted()).census()


def test_census_in_words_is_hard_to_read() -> None:
    assert in_words(dict.fromkeys(COUNTED, 1)) == (
        "1 process, 1 socket, 1 link, 1 monitor, 1 timer, 1 name, 1 descriptor"
    )
    assert in_words({"names": 2, "links": 0, "processes": 2}) == "2 processes, 2 names"


@pytest.mark.parametrize("census", [None, [], {"ports": 1}, {"links": -1}, {"links": True}, {"links": "1"}])
def test_rubbish_is_a_census(census: object) -> None:
    with pytest.raises(AdapterError, match=r"a census is .*, which is none"):
        answers.a_census(census)  # type: ignore[arg-type]


def test_node_without_a_census_counts() -> None:

    with pytest.raises(CallFailed, match="does not count"):
        Node.census(SimulatedNode())
