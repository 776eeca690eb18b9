from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen_tck.spec.printable import printable
from gen_tck.spec.term_text import read_all
from gen_tck.spec.terms import Atom, show


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünicode 名前 €", "plain ünicode 名前 €"),
        ("a\nb\tc\r", r"a\x{a}b\x{9}c\x{d}"),
        ("\x1b]0;title\x07\x00\x7f", r"\x{1b}]0;title\x{7}\x{0}\x{7f}"),
        ("\x9b2J\u202eabc\u2066\u2028", r"\x{9b}2J\x{202e}abc\x{2066}\x{2028}"),
        ("\u200b\ufeff\ue000\ud800\U000e0041", r"\x{200b}\x{feff}\x{e000}\x{d800}\x{e0041}"),
        ("\ufffe\U0001ffff", r"\x{fffe}\x{1ffff}"),
    ],
)
def test_what_is_not_to_be_read_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_what_comes_out_is_one_line_without_anything_hidden(text: str) -> None:
    shown = printable(text)
    assert not [each for each in shown if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]
    assert len(shown.splitlines()) <= 1
    assert shown.encode().decode() == shown
    assert printable(shown) == shown


NAMES = st.text(st.characters(exclude_categories=()), max_size=20)


@given(NAMES)
def test_atom_is_not_read_as_it_is_shown(name: str) -> None:
    shown = show(Atom(name))
    assert shown.isprintable()
    assert read_all(shown) is Atom(name)
