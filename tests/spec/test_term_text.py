"""What is shown of a term is read as that term, whatever is in it; what is no term is refused with its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from gen_tck.spec.term_text import MOST_NESTING, NoTermError, read_all
from gen_tck.spec.terms import Atom, Improper, List, Map, Term, show, string
from tests.spec.terms import TERMS


@settings(max_examples=200, deadline=None, database=None)
@given(TERMS)
def test_term_is_read_as_another(value: Term) -> None:
    text = show(value, whole=True)
    assert text.isprintable()
    assert _same(read_all(text), value)


def _same(one: Term, other: Term) -> bool:
    """Unlike ``==``: 1 is not 1.0, and 0.0 is not -0.0."""
    return repr(one) == repr(other) and one == other


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5e3", 1500.0),
        ("-1.0E-7", -1e-7),
        ("1.0e22", 1e22),
        ("[a|b]", Improper((Atom("a"),), Atom("b"))),
        ("[a,b|[c]]", List([Atom("a"), Atom("b"), Atom("c")])),
        ("[a|[b|c]]", Improper((Atom("a"), Atom("b")), Atom("c"))),
        ("#{}", Map({})),
        ("#{ a=>1, <<1>> => [] }", Map({Atom("a"): 1, b"\1": List()})),
        (r'"\x{20ac}\x41\101\s\d\^"', string("€AA \x7f^")),
        (r"'\e\x{1F600}'", Atom("\x1b\U0001f600")),
        ("[" * MOST_NESTING + "]" * MOST_NESTING, None),
    ],
)
def test_what_erlang_reads_is_refused(text: str, value: Term) -> None:
    found = read_all(text)
    assert value is None or found == value


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[" * 100_000, f"column {MOST_NESTING + 1}: at most {MOST_NESTING} levels in each other expected"),
        ("#{a=>" * 100_000, f"at most {MOST_NESTING} levels in each other expected"),
        ("<<" * 100_000, f"at most {MOST_NESTING} levels in each other expected"),
        ("1" * 5000, "column 1: an integer of at most 4300 digits expected"),
        ("-1.0e999", "column 1: a smaller number expected"),
        ("a" * 256, "column 1: an atom of at most 255 characters expected"),
        (f"'{'€' * 256}'", "column 1: an atom of at most 255 characters expected"),
        (r"['\x{d800}']", "column 3: a character expected"),
        (r'"ab\x{110000}"', "column 4: a character expected"),
        (r'"\x{ffffffffffffffffffff}"', "column 2: a character expected"),
        ("[|a]", "column 2: a term expected"),
        ("[a|b,c]", "column 5: ',' or ']' expected"),
        ("{a|b}", "column 3: ',' or '}' expected"),
        ("#{a}", "column 4: '=>' expected"),
        ("#{a => b,, }", "column 10: a term expected"),
    ],
    ids=range(15),
)
def test_what_is_no_term_is_read(text: str, complaint: str) -> None:
    with pytest.raises(NoTermError) as raised:
        read_all(text)
    assert complaint in str(raised.value)


def test_half_of_a_pair_is_taken_for_a_character() -> None:
    with pytest.raises(ValueError, match="half of a pair"):
        Atom("a\ud800")


def test_keys_of_one_hash_are_put_into_a_map() -> None:
    pairs = ",".join(f"{number * (2**61 - 1)} => 0" for number in range(1000))
    with pytest.raises(NoTermError, match="a map of different keys expected"):
        read_all(f"#{{{pairs}}}")


def test_the_hash_of_a_map_depends_on_the_order_of_its_keys() -> None:
    one, other = read_all("#{1 => 2, a => b}"), read_all("#{a => b, 1 => 2}")
    assert (one, hash(one)) == (other, hash(other))
    assert hash(one) != hash(read_all("#{1 => b, a => 2}"))
