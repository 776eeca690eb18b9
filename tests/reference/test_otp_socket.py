"""The tables of the socket backend's model name functions that are there, and clauses."""

from __future__ import annotations

import subprocess

import pytest

from gen_tck.reference.models.otp_socket.reading import Reading
from gen_tck.reference.models.otp_socket.rows import Released
from gen_tck.reference.models.otp_socket.table import OWNERSHIP, SERVER
from gen_tck.spec import clauses, sources

ROWS = (*OWNERSHIP, *SERVER)
LIST = """
{ok, {_, [{abstract_code, {_, Forms}}]}} = beam_lib:chunks(code:which(gen_tcp_socket), [abstract_code]),
[io:format("~s/~b~n", [Name, Arity]) || {function, _, Name, Arity, _} <- Forms],
io:format("~s", [erlang:system_info(otp_release)]), halt().
"""


@pytest.fixture(scope="module")
def otp(erl: str) -> tuple[int, frozenset[str]]:
    """The machine's release, and the functions of its ``gen_tcp_socket``."""
    said = subprocess.run([erl, "-noshell", "-eval", LIST], capture_output=True, text=True, check=True).stdout
    *functions, release = said.split()
    return int(release), frozenset(functions)


def test_function_of_a_row_is_not_there(otp: tuple[int, frozenset[str]]) -> None:
    release, functions = otp
    for each in ROWS:
        if each.since <= release <= each.until:
            [source] = sources.parse(each.row.otp)
            assert source.name in functions, each.row


def test_server_is_made_that_does_not_say_how_it_ends() -> None:
    with pytest.raises(TypeError, match=r"abstract method '?terminate"):
        Reading()  # type: ignore[abstract, call-arg]


@pytest.mark.parametrize("each", ROWS, ids=lambda each: f"{each.row.event}-{each.since}")
def test_row_breaks_a_clause_that_there_is_not(each: Released) -> None:
    assert set(each.row.clauses) <= set(clauses.load())
