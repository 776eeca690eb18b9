"""Answers are taken apart, and whatever is not as it should be is unexpected: never an error of the kit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gen_tck.adapters.interface import Ended, Raised
from gen_tck.conformance.harness.expect import (
    Unexpected,
    binary,
    data_in,
    describe,
    elements,
    expect,
    fields,
    integer,
    matches,
    only,
    port_number,
    returned,
    term_of,
    value_of,
)
from gen_tck.spec.terms import Atom, Improper, List, Map, Pid, Port, term

CRASH = Raised("error", Atom("badarg"))
END = Ended(Atom("killed"))
ANYTHING = (
    *(Atom("ok"), 7, 1 << 70, 0.5, b"", b"abc", Pid(1), Port(2), (), (Atom("ok"),), (Atom("ok"), 1, 2)),
    *(List(), List([Atom("ok"), 1]), Improper((Atom("ok"),), 1), Map({}), term(("error", "closed")), CRASH, END),
)
TAKERS: dict[str, tuple[Callable[[object], object], tuple[object, ...]]] = {
    "value_of": (value_of, ()),
    "fields": (lambda seen: fields(seen, 2), (term(("error", "closed")),)),
    "elements": (elements, (List(), List([Atom("ok"), 1]))),
    "integer": (integer, (7, 1 << 70)),
    "port_number": (port_number, (7,)),
    "binary": (binary, (b"", b"abc")),
}


@pytest.mark.parametrize("taker", TAKERS)
def test_anything_breaks_a_taker(taker: str) -> None:
    take, good = TAKERS[taker]
    for seen in ANYTHING:
        if any(type(seen) is type(each) and seen == each for each in good):
            take(seen)
        else:
            with pytest.raises(Unexpected) as error:
                take(seen)
            assert error.value.seen == describe(seen)


def test_list_passes_for_a_tuple() -> None:
    assert value_of(term(("ok", 1))) == 1
    with pytest.raises(Unexpected, match=r"^accept: expected \{ok,_\}, saw \[ok,1\]$"):
        value_of(List([Atom("ok"), 1]), "accept")


def test_wanted_shape_is_not_said() -> None:
    with pytest.raises(Unexpected, match=r"^the settings: expected \{_,_\}, saw undefined$"):
        fields(Atom("undefined"), 2, "the settings")


@pytest.mark.parametrize(
    ("seen", "said"), [((), "no option"), ((b"a", CRASH), '<<"a">>, exception error:badarg')], ids=["none", "two"]
)
def test_other_number_passes_for_one(seen: tuple[object, ...], said: str) -> None:
    assert only([7]) == 7
    with pytest.raises(Unexpected) as error:
        only(seen, what="option")
    assert (error.value.wanted, error.value.seen) == ("one option", said)


@pytest.mark.parametrize("outcome", [CRASH, END])
def test_outcome_passes_for_a_value(outcome: object) -> None:
    assert returned(Atom("ok")) is Atom("ok")
    for use in (returned, term_of, lambda seen: term_of([1, ("a", seen)]), lambda seen: matches(1, ("DOWN", seen))):
        with pytest.raises(Unexpected) as error:
            use(outcome)
        assert (error.value.wanted, error.value.seen) == ("the call to return", str(outcome))


def test_fault_of_a_test_passes_for_one_of_the_node() -> None:
    with pytest.raises(TypeError, match="no Erlang term for object"):
        expect(1, ("ok", object()))


def test_outcomes_in_a_tuple_are_shown_as_python() -> None:
    assert describe((CRASH, term(("error", "closed")), END)) == (
        "{exception error:badarg,{error,closed},the process ended: killed}"
    )


def test_other_message_passes_for_data() -> None:
    socket = Port(1)
    assert data_in((Atom("tcp"), socket, b"abc"), socket) == b"abc"
    for other in (
        *ANYTHING,
        (Atom("tcp"), socket),
        (Atom("tcp"), Port(2), b"abc"),
        (Atom("tcp"), socket, List(b"abc")),
        List([Atom("tcp"), socket, b"abc"]),
        (Atom("udp"), socket, b"abc"),
    ):
        assert data_in(other, socket) is None
