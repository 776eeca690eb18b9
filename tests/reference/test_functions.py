"""What can be called in the reference is what is in the catalogue."""

from __future__ import annotations

import inspect

import pytest

from gen_tck.adapters.interface import CallFailed, Raised
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.reference.functions import FUNCTIONS
from gen_tck.spec.calls import CALLS
from gen_tck.spec.terms import Atom, term


def test_reference_has_other_functions_than_the_catalogue() -> None:
    assert set(FUNCTIONS) == set(CALLS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_has_another_name_or_takes_another_number_of_arguments(name: str) -> None:
    call, function = CALLS[name], FUNCTIONS[name]
    assert function.__name__ == call.name
    inspect.signature(function).bind(None, *range(call.arity))


@pytest.mark.parametrize(
    ("module", "function", "args"),
    [
        ("prim_inet", "find", [1]),
        ("prim_inet", "error", [1]),
        ("prim_inet", "__getattribute__", ["x"]),
        ("gen_tcp", "recv", [1]),
        ("gen_tcp", "connect", [1, 2, 3, 4, 5]),
        ("gen_tcp", "Atom", ["x"]),
        ("erlang", "getattr", []),
        ("os", "system", ["id"]),
        ("", "", []),
    ],
)
def test_call_of_no_catalogue_does_something(module: str, function: str, args: list[object]) -> None:
    process = SimulatedNode().spawn()
    assert process.call(module, function, term(args)).outcome == Raised("error", Atom("undef"))
    assert process.status() == "idle"


def test_answer_is_made_up_where_no_clause_says_any() -> None:
    node = SimulatedNode()
    process = node.spawn()
    call = process.call("erlang", "monotonic_time", [Atom("second")])
    node.settle()
    with pytest.raises(CallFailed, match=r"^the reference does not say what erlang\.monotonic_time/1 does: a unit of"):
        _ = call.outcome
    assert process.status() == "idle"
