"""Each option and each framing has a clause on what comes of it, or is out of scope with a reason."""

from __future__ import annotations

import json
import re
import shlex
import subprocess

import pytest

from gen_tck.conformance.run import listing
from gen_tck.spec import framings, ledger, options
from gen_tck.spec.clauses import load
from gen_tck.spec.effects import EFFECTS, effect_of
from gen_tck.spec.framings import FRAMINGS
from gen_tck.spec.options import OPTIONS

ROWS = {
    **{f"{each.name} {each.profile}": each.clause for each in OPTIONS},
    **{f"{each.name} {each.profile}": each.clause for each in FRAMINGS},
}
DISPOSED = ledger.load(load()).dispositions
"""Clauses that no case can check, with a reason."""
_ECHO = re.compile(r".*-(is-taken|is-told|is-set-and-told|answers)")
"""How clauses are called that say of an option no more than that."""
OPTIONS_OF_OTP = 'io:format("~s", [io_lib:format("~w", [[atom_to_list(Each) || Each <- inet:options()]])]), halt().'


def test_nothing_is_said_of_what_comes_of_it() -> None:
    assert [row for row, clause in ROWS.items() if _ECHO.fullmatch(effect_of(clause))] == []


def test_effect_is_of_no_row_or_an_effect_of_an_effect() -> None:
    assert EFFECTS.keys() <= set(ROWS.values())
    assert EFFECTS.keys().isdisjoint(EFFECTS.values())


@pytest.mark.parametrize(("row", "clause"), ROWS.items(), ids=ROWS)
def test_effect_has_no_case_or_is_of_something_else(row: str, clause: str) -> None:
    found = load()[effect_of(clause)]
    assert listing.about(found.id) or found.id in DISPOSED
    name = row.partition(" ")[0]
    assert re.search(rf"\b{name}\b|{re.escape(name)}", f"{found.text} {found.example} {found.source}")


def test_what_is_out_has_no_reason() -> None:
    for each in (options.OUT_OF_SCOPE, framings.OUT_OF_SCOPE):
        assert all(len(reason.split()) > 1 for reason in each.values())


@pytest.mark.vm
def test_option_of_otp_is_neither_in_nor_out(erl: str) -> None:
    command = [*shlex.split(erl), "-noshell", "-eval", OPTIONS_OF_OTP]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    names = ["".join(map(chr, each)) for each in json.loads(told)]
    assert "nodelay" in names
    assert [each for each in names if each not in {each.name for each in OPTIONS} | options.OUT_OF_SCOPE.keys()] == []
