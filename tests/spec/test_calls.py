"""The catalogue of calls is in step with the specification's profiles."""

from __future__ import annotations

from gen_tck.spec import calls
from gen_tck.spec.clauses import PROFILES


def test_call_is_listed_twice_or_under_another_name() -> None:
    assert len(calls._ALL) == len(calls.CALLS)
    assert all(name == f"{call.module}.{call.name}/{call.arity}" for name, call in calls.CALLS.items())


def test_profile_has_no_calls() -> None:
    # active-n is an option of inet:setopts/2, so it brings no calls of its own.
    assert {call.profile for call in calls.CALLS.values()} == set(PROFILES) - {"active-n"}
