"""Terms and messages of the wire protocol, without a child."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen_tck.adapters import wire
from gen_tck.adapters.json_terms import WireError, from_json, to_json
from gen_tck.spec.terms import Atom, Improper, List, Map, Pid, Port, Reference, Term, string, term

_ADAPTERS = Path(wire.__file__).parent

SAMPLES: list[Term] = [
    0,
    -(2**63),
    2**64,
    2**200,
    1.0,
    -0.5,
    1e22,
    5e-324,
    Atom("ok"),
    Atom(""),
    Atom("with space"),
    Atom("größe"),
    Atom("日本"),
    Atom("\U0001f600"),
    Atom('quote"back\\slash\nline\x01'),
    b"",
    bytes(range(256)),
    (),
    (Atom("ok"), (b"x",)),
    List([]),
    List([1, List([Atom("a")])]),
    string("text"),
    Improper((1, 2), Atom("tail")),
    Improper((List([]),), b"tail"),
    Map({}),
    Map({Atom("key"): List([1]), b"k": Map({1: 2})}),
]


def _leaves() -> st.SearchStrategy[Term]:
    handles = st.builds(lambda kind, number: kind(number), st.sampled_from([Pid, Port, Reference]), st.integers(1, 99))
    atoms = st.text(st.characters(exclude_categories=["Cs"]), max_size=255).map(Atom)
    return st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.binary(), atoms, handles)


def _improper(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    tails = inner.filter(lambda tail: not isinstance(tail, (List, Improper)))
    return st.builds(lambda heads, tail: Improper(tuple(heads), tail), st.lists(inner, min_size=1), tails)


TERMS = st.recursive(
    _leaves(),
    lambda inner: st.one_of(
        st.lists(inner).map(tuple),
        st.lists(inner).map(List),
        _improper(inner),
        st.dictionaries(inner, inner).map(Map),
    ),
    max_leaves=12,
)


def _through_json(value: Term) -> Term:
    return from_json(msgspec.json.decode(msgspec.json.encode(to_json(value))))


def _same(one: Term, other: Term) -> bool:
    """Equal, and integers not taken for floats."""
    return bool(one == other) and repr(one) == repr(other)


@pytest.mark.parametrize("value", SAMPLES, ids=repr)
def test_a_term_changes_on_the_wire(value: Term) -> None:
    assert _same(_through_json(value), value)


@given(TERMS)
def test_some_term_changes_on_the_wire(value: Term) -> None:
    assert _same(_through_json(value), value)


@given(TERMS)
def test_tagged_float_changes_on_the_wire(value: Term) -> None:
    line = msgspec.json.encode(to_json(value, tag_floats=True))
    assert _same(from_json(msgspec.json.decode(line)), value)
    # A JSON without floats can take it.
    assert _same(from_json(json.loads(line, parse_float=lambda _: pytest.fail("a bare float"))), value)


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "1e999", "-", "1.", ".5", "1_0", " 1", "1\n", "٣", "0x1", "1e", "1" * 501, "1e99999"]
)
def test_text_that_is_no_float_is_taken(text: str) -> None:
    with pytest.raises(WireError, match="is not a term of the protocol"):
        from_json({"$f": text})


def test_whole_float_is_an_integer() -> None:
    said = [from_json({"$f": text}) for text in ("2", "2.0", "-0.0", "1e+22", "5E-324")]
    assert repr(said) == "[2.0, 2.0, -0.0, 1e+22, 5e-324]"


@pytest.mark.parametrize("kind", [Pid, Port, Reference])
def test_a_handle_changes_on_the_wire(kind: type) -> None:
    assert _through_json(kind(7)) == kind(7)
    assert type(_through_json(kind(7))) is kind


@pytest.mark.parametrize(
    "junk",
    [
        "text",
        None,
        True,
        {},
        {"$a": 1},
        {"$a": "x" * 256},
        {"$b": "?"},
        {"$b": 1},
        {"$f": 1.0},
        {"$t": 1},
        {"$i": [[], 1]},
        {"$i": [[1], [2]]},
        {"$m": [[1]]},
        {"$h": 1},
        {"$h": "1", "kind": "pid"},
        {"$h": 1, "kind": "fun"},
        {"$x": 1},
        {"$a": "a", "$b": ""},
        [1, None],
    ],
    ids=repr,
)
def test_junk_is_taken_for_a_term(junk: Any) -> None:
    with pytest.raises(WireError, match="is not a term of the protocol"):
        from_json(junk)


def test_a_loose_value_is_sent() -> None:
    with pytest.raises(TypeError, match="not a strict term: True"):
        to_json(True)
    assert to_json(term(True)) == {"$a": "true"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"not json", "malformed"),
        (b"[1]", "array"),
        (b"{}", "neither an answer's `id` nor an `event`"),
        (b'{"id": "1"}', "id"),
        (b'{"id": 1, "status": "asleep"}', "asleep"),
        (b'{"id": 1, "raised": ["oops", 1]}', "oops"),
        (b"\xff\xfe", "malformed"),
    ],
)
def test_a_wrong_line_is_taken_for_an_answer(line: bytes, said: str) -> None:
    with pytest.raises(WireError, match=said):
        wire.read_answer(line)


def test_the_written_schema_is_not_the_protocols() -> None:
    written = json.loads((_ADAPTERS / "wire.schema.json").read_text(encoding="utf-8"))
    assert written == wire.schema(), "write it anew: python -m gen_tck.adapters.wire > adapters/wire.schema.json"


def test_the_manuals_exchange_breaks_the_protocol() -> None:
    manual = (_ADAPTERS / "PROTOCOL.md").read_text(encoding="utf-8")
    lines = [line.strip() for line in manual.splitlines() if line.strip().startswith(("-> {", "<- {"))]
    hello, *rest = lines
    assert wire.read_hello(hello[3:].encode()).gen_tck == wire.VERSION
    requests: msgspec.json.Decoder[Any] = msgspec.json.Decoder(wire.AnyRequest)
    for line in rest:
        if line.startswith("->"):
            requests.decode(line[3:])
        else:
            wire.read_answer(line[3:].encode())
    assert rest


def test_a_request_is_missing_in_the_manual() -> None:
    manual = (_ADAPTERS / "PROTOCOL.md").read_text(encoding="utf-8")
    assert [each for each in wire.REQUESTS if f"| `{each.__struct_config__.tag}`" not in manual] == []
