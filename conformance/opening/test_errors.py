"""What errors mean, in words."""

from __future__ import annotations

import pytest

from gen_tck.conformance.harness.expect import expect
from gen_tck.conformance.harness.marks import clause
from gen_tck.conformance.harness.scenario import Scenario
from gen_tck.spec.errors import MEANINGS, UNKNOWN
from gen_tck.spec.terms import string


@clause("opening/format-error-answers")
def test_refusal_means_something_else(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    expect(owner.inet.format_error("econnrefused"), string("connection refused"))


@clause("opening/errors-have-their-words")
def test_error_means_another(scenario: Scenario) -> None:
    owner = scenario.process("owner")
    for reason, meaning in MEANINGS.items():
        expect(owner.inet.format_error(reason), string(meaning))


@clause("opening/unknown-errors-have-words")
@pytest.mark.parametrize("reason", ["closed", "timeout", "my_reason"])
def test_unknown_error_has_a_meaning(scenario: Scenario, reason: str) -> None:
    owner = scenario.process("owner")
    seen = owner.inet.format_error(reason)
    scenario.varies(seen, plain=string(UNKNOWN), named=string(f"{UNKNOWN}: {reason}"))
