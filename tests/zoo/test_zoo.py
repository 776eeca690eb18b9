"""Every animal of the zoo is caught, by the clause that says what it does wrong; whatever else fails comes behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

CAUGHT_BY = {
    "owners-death-does-not-close": "ownership/owners-end-closes-the-socket",
    "once-delivers-twice": "modes/once-delivers-one-message",
    "once-is-never-spent": "modes/once-delivers-one-message",
    "length-is-ignored": "receiving/exact-length",
    "linger-is-refused": "modes/linger-is-taken",
    "timeout-loses-bytes": "receiving/timeout-keeps-the-bytes",
    "passive-after-n-is-silent": "modes/last-counted-message-is-followed-by-tcp-passive",
    "suspension-is-told-twice": "system_monitor/told-once-for-each-suspension",
    "answers-are-five-tuples": "async_recv/answer-is-a-four-tuple",
    "nosuspend-suspends": "port_command/nosuspend-returns-false",
    "force-is-refused": "port_command/force-goes-through",
    "raised-low-watermark-ends-busy": "port_command/setting-a-watermark-ends-no-busy",
    "raised-high-watermark-ends-busy": "port_command/setting-a-watermark-ends-no-busy",
    "busy-outlives-its-timeout": "port_command/port-is-not-busy-after-a-send-timeout",
    "exit-signal-comes-after-badarg": "port_command/exit-signal-comes-before-badarg",
}
# The reference's gen_tcp:recv waits for the answer of prim_inet:async_recv, as OTP's does, and so never returns.
FIRST = CAUGHT_BY | {"answers-are-five-tuples": "receiving/recv-answers"}
WHOLE = [
    pytest.param(name, marks=pytest.mark.hostile if number % 6 else pytest.mark.vm)
    for number, name in enumerate(CAUGHT_BY)
]
"""Whole runs take seconds: a part of them each time, all of them with ``tox -e hostile``."""


@pytest.mark.parametrize("name", WHOLE)
def test_fault_is_not_caught_first_by_its_clause(name: str, certify: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    status, results = certify(name)
    failed = {clause for clause, verdict in results["clauses"].items() if verdict["verdict"] == "fail"}
    assert CAUGHT_BY[name] in failed
    assert status == 1
    assert all(case["verdict"] != "kit-error" for case in results["cases"])
    roots = [(root["clause"], len(root["cases"]) + len(root["blocks"])) for root in results["roots"]]
    assert roots[0][0] == FIRST[name], roots
