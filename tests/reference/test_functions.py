"""What can be called in the reference is what is in the catalogue."""

from __future__ import annotations

import inspect

import pytest

from gen_tck.adapters.interface import OutOfScope, Returned
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.reference import errors, gen_tcp
from gen_tck.reference.functions import FUNCTIONS
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec import framings, options
from gen_tck.spec.calls import CALLS, OUT_OF_SCOPE
from gen_tck.spec.terms import Atom, Port, term


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
    with pytest.raises(OutOfScope, match=r"is no call of the catalogue"):
        _ = process.call(module, function, term(args)).outcome
    assert process.status() == "idle"


def refusal(module: str, function: str, args: list[object]) -> str:
    """What a process of the reference that has a socket says of a call with ``args``, ``S`` being the socket."""
    node = SimulatedNode()
    process = node.spawn()
    opened = process.call("gen_tcp", "listen", term([0, []]))
    node.settle()
    match opened.outcome:
        case Returned((_, socket)):
            call = process.call(module, function, [socket if each == "S" else term(each) for each in args])
            node.settle()
            with pytest.raises(OutOfScope) as refused:
                _ = call.outcome
            return str(refused.value)
    raise AssertionError(opened.outcome)


@pytest.mark.parametrize("name", options.OUT_OF_SCOPE)
def test_option_out_of_scope_is_taken_or_called_an_error(name: str) -> None:
    for function, before in (("connect", [(127, 0, 0, 1), 1]), ("listen", [0])):
        assert refusal("gen_tcp", function, [*before, [(name, 1)]]).startswith(f"the option {name} is out of scope: ")
        assert refusal("gen_tcp", function, [*before, [name]]).startswith(f"the option {name} is out of scope: ")
    assert refusal("inet", "setopts", ["S", ["list", (name, 1)]]).startswith(f"the option {name} is out of scope: ")
    assert refusal("inet", "getopts", ["S", ["active", name]]).startswith(f"the option {name} is out of scope: ")


@pytest.mark.parametrize("name", framings.OUT_OF_SCOPE)
def test_framing_out_of_scope_is_called_an_error(name: str) -> None:
    said = f"the framing {name} is out of scope: {framings.OUT_OF_SCOPE[name]}"
    assert refusal("inet", "setopts", ["S", [("packet", name)]]) == said
    assert refusal("gen_tcp", "listen", [0, [("packet", name)]]) == said


@pytest.mark.parametrize("name", OUT_OF_SCOPE)
def test_call_out_of_scope_is_called_an_error(name: str) -> None:
    module, _, rest = name.partition(".")
    function, _, arity = rest.partition("/")
    assert refusal(module, function, [1] * int(arity)) == f"{name} is out of scope: {OUT_OF_SCOPE[name]}"


async def _whatever(process: Process) -> None:
    await gen_tcp.listen(process, 0, term([("debug", 1)]))


def test_option_out_of_scope_is_an_error_without_a_node() -> None:
    system = SimulatedSystem()
    system.spawn(_whatever)
    with pytest.raises(errors.OutOfScope, match=r"^the option debug is out of scope: "):
        system.settle()


def test_answer_is_made_up_where_no_clause_says_any() -> None:
    node = SimulatedNode()
    process = node.spawn()
    call = process.call("erlang", "monotonic_time", [Atom("second")])
    node.settle()
    with pytest.raises(OutOfScope, match=r"^the reference does not say what erlang\.monotonic_time/1 does: a unit of"):
        _ = call.outcome
    assert process.status() == "idle"


def test_socket_is_registered_under_a_module_that_nobody_describes() -> None:
    node = SimulatedNode()
    process = node.spawn()
    call = process.call("inet_db", "register_socket", [Port(1), Atom("inet6_tcp")])
    node.settle()
    with pytest.raises(OutOfScope, match=r"^the reference does not say what inet_db\.register_socket/2 does: a socket"):
        _ = call.outcome
