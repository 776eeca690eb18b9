"""The catalogues of calls, options and framings are in step with the clauses and with each other."""

from __future__ import annotations

import re

from gen_tck.spec import calls, framings, options
from gen_tck.spec.clauses import load
from gen_tck.spec.counters import COUNTERS
from gen_tck.spec.framings import FRAMINGS, framing_of
from gen_tck.spec.options import OPTIONS, asked, named
from gen_tck.spec.profiles import PROFILES
from gen_tck.spec.terms import Atom, string, term
from gen_tck.spec.values import takes, words


def test_call_is_listed_twice_or_under_another_name() -> None:
    assert len(calls._ALL) == len(calls.CALLS)
    assert all(name == f"{call.module}.{call.name}/{call.arity}" for name, call in calls.CALLS.items())


def test_foundation_is_missing_or_of_another_profile() -> None:
    """Every call that is part of a claim, every option and every framing has a clause, in its own profile."""
    clauses = load()
    told = [
        *((each.clause, each.profile) for each in calls.CALLS.values() if not each.is_helper),
        *((each.clause, each.profile) for each in OPTIONS),
        *((each.clause, each.profile) for each in FRAMINGS),
    ]
    assert [(clause, clauses[clause].profile) for clause, _ in told] == told
    assert {profile for _, profile in told} == set(PROFILES) - {"census", "unreachable"}, (
        "one is a request, and one a place"
    )


def test_counter_has_no_clause_or_another_order() -> None:
    clauses = load()
    assert [each.name for each in COUNTERS if each.name not in clauses[each.clause].sentence] == []
    named = clauses["sending/all-counters-are-told"].sentence
    assert re.findall(r"`((?:recv|send)_\w+)`", named) == [each.name for each in COUNTERS]


def test_clause_stands_for_two_calls() -> None:
    clauses = [each.clause for each in calls.CALLS.values() if not each.is_helper]
    assert len(set(clauses)) == len(clauses)


def test_what_is_in_scope_is_called_out_of_it() -> None:
    assert not calls.CALLS.keys() & calls.OUT_OF_SCOPE.keys()
    assert not {each.name for each in OPTIONS} & options.OUT_OF_SCOPE.keys()
    assert not {each.name for each in FRAMINGS} & framings.OUT_OF_SCOPE.keys()


def test_helper_is_no_erlang() -> None:
    assert {each.module for each in calls.CALLS.values() if each.is_helper} == {"erlang", "file"}


def test_value_is_taken_for_another() -> None:
    limit = next(each for each in OPTIONS if each.name == "linger").values
    assert [takes(limit, term(each)) for each in ((True, 0), ("yes", 0), (False, -1), True, (True, 0, 0))] == [
        *(True, False, False, False, False)
    ]
    assert words(limit) == "{true | false, 0..65535}"
    local = next(each for each in OPTIONS if each.profile == "local").values
    wanted = [
        ("local", b"my_path"),
        ("local", string("my_path")),
        ("local", b"/my_path"),
        ("local", "my_path"),
        b"my_path",
    ]
    assert [takes(local, term(each)) for each in wanted] == [True, True, False, False, False]
    assert words(local) == '{local, "my_..."}'


def test_option_is_not_recognised() -> None:
    settings = term(["list", ("mode", "binary"), ("active", 3), ("active", "once"), ("packet", 3), "foo", ("foo", 1)])
    assert [each.clause for each, _ in named(settings, "setopts")] == [
        *("modes/mode-is-taken", "modes/mode-is-taken", "modes/count-is-taken", "modes/active-is-taken")
    ]
    assert [each.clause for each in asked(term(["active", "foo"]))] == ["modes/active-is-taken"]
    assert list(named(Atom("undefined"), "setopts")) == []
    assert list(asked(Atom("undefined"))) == []
    assert framing_of(3) is None
    assert [framing.name for value in (0, "raw", 4) if (framing := framing_of(term(value)))] == ["raw", "raw", "4"]
