"""Exchanges about terms: each kind goes there as the reason of ``erlang:exit/1``, and comes back as what ended it."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from gen_tck.adapters.json_terms import to_json
from gen_tck.conformance.check.breaches import Broken
from gen_tck.conformance.check.conversation import Conversation, described
from gen_tck.conformance.check.exchange import Exchange
from gen_tck.spec.terms import Atom, Improper, List, Term, map_of, show, string

_EXIT = "erlang.exit/1"
_NEEDS = ("exit-1-ends-with-its-reason", "takes-requests-together")
_EMPTY: Term = List()


_OK = Atom("ok")
_WORDS = ("ok", "true", "false", "undefined", "null", "", "Two words", 'quote"', "back\\slash", "new\nline", "é€😀")


def _deep(levels: int) -> Term:
    term: Term = _EMPTY
    for _ in range(levels):
        term = List([(_OK, term)])
    return term


_KINDS: list[tuple[str, str, str, list[Term]]] = [
    (
        "atoms",
        '| atom                   | `{"$a": "ok"}` (`true`, `false` and `undefined` are atoms like any other)',
        "write every atom as an object, `true` and `false` too, its name as a JSON string in UTF-8",
        [Atom(each) for each in (*_WORDS, "a" * 255)],
    ),
    (
        "integers",
        "| integer                | a number without fraction and exponent, of any size",
        "read and write integers of any size exactly, not as floats of 53 bits",
        [0, 1, -1, 255, 2**31, 2**53 + 1, -(2**63), 2**64 - 1],
    ),
    (
        "floats",
        "| float                  | a number with a fraction or an exponent, `1.0`;",
        'write a float so that it is told from an integer: 1.0 or {"$f": "1.0"}, not 1',
        [1.0, -0.5, 1e100, 1.5e-7, 100.0],
    ),
    (
        "binaries",
        '| binary                 | `{"$b": "aGk="}`, base64',
        "write binaries in base64 with its padding, and take any byte",
        [b"", b"a", b"ab", b"abc", bytes(range(256))],
    ),
    (
        "tuples",
        '| tuple                  | `{"$t": [Term, …]}`',
        "keep tuples apart from lists, also empty ones",
        [(), (1,), (_OK, (1, ())), (_EMPTY,)],
    ),
    (
        "lists",
        "| proper list            | `[Term, …]`; a string is a list of integers",
        "write every proper list as an array, also one that could be a string",
        [_EMPTY, List([1]), string("text"), List([_EMPTY, List([_OK])]), List(range(100))],
    ),
    (
        "improper-lists",
        '| improper list          | `{"$i": [[Term, …], Tail]}`, `Tail` being no list',
        "keep the tail of a list that does not end in []",
        [Improper((1,), 2), Improper((_OK, _EMPTY), b"tails.")],
    ),
    (
        "maps",
        '| map                    | `{"$m": [[Key, Value], …]}`',
        "write a map as pairs: any term may be a key",
        [map_of([]), map_of([(_OK, 1)]), map_of([((1, 2), _EMPTY), (b"key", map_of([(1, _OK)]))])],
    ),
    (
        "nested-terms",
        "levels of arrays and objects in a line; at most 200",
        "read and write terms that are nested as deep as a line may be",
        [_deep(30)],
    ),
]
"""Of each kind of term: its name, the row of the protocol, what to mend, and those that are sent."""


def _exchange(kind: str, says: str, mend: str, terms: list[Term]) -> Exchange:
    def play(talk: Conversation) -> None:
        processes = talk.spawn_several(len(terms))
        calls = [talk.begin_call(where, _EXIT, each) for where, each in zip(processes, terms, strict=True)]
        for each, call in zip(terms, calls, strict=True):
            answer = talk.answer(call, f"erlang:exit({show(each)})")
            if answer.ended is UNSET:
                raise Broken(f"erlang:exit({show(each)}) was answered: {described(answer)}")
            back = talk.term(answer.ended)
            if _form(to_json(back)) != _form(to_json(each)):
                raise Broken(f"the reason of erlang:exit({show(each)}) came back as {show(back)}")

    return Exchange(f"{kind}-there-and-back", says, mend, play, _NEEDS, quick=True)


def _form(value: Any) -> Any:
    """JSON to be compared: pairs of maps stand in one order, and 1.0 is not 1."""
    if isinstance(value, dict):
        inner = {name: _form(each) for name, each in value.items()}
        return {"$m": sorted(inner["$m"], key=repr)} if "$m" in inner else inner
    return [_form(each) for each in value] if isinstance(value, list) else (type(value), value)


TERMS = tuple([_exchange(*each) for each in _KINDS])
"""An exchange for each kind of term."""
