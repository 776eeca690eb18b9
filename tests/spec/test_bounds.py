"""What is read from text is as deep and as big as the kit can take, and no more."""

from __future__ import annotations

import pytest

from gen_tck.spec import terms, toml
from gen_tck.spec.terms import Atom, List, show


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "{a = " * 100_000, "a" + ".a" * 5000 + " = 1"])
def test_deep_document_is_a_traceback(text: str) -> None:
    with pytest.raises(toml.TomlError, match=r"^it is nested too deeply$"):
        toml.loads(text)


def test_flat_document_is_refused() -> None:
    assert toml.loads("a = [[1], [{b = [2]}]]") == {"a": [[1], [{"b": [2]}]]}


def test_shown_term_is_as_long_as_it_likes() -> None:
    long = List([Atom("ok")] * 100_000)
    assert show(long) == "[" + "ok," * 6666 + "o ... 300001 characters"
    assert show(long, whole=True) == "[" + ",".join(["ok"] * 100_000) + "]"
    assert repr(long) == show(long)


def test_atoms_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "MOST_ATOMS", len(Atom._known))
    with pytest.raises(ValueError, match=r"^there are \d+ atoms already, and no room for more$"):
        Atom("never heard of before")
    assert Atom("ok") is Atom("ok")
