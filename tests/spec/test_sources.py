"""Clauses cite what a reader can open, and claim no more for themselves than that shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gen_tck.spec import toml
from gen_tck.spec.clauses import load
from gen_tck.spec.sources import Source, SourceError, parse

CLAUSES = load()
PROMISES = ("manual", "guide", "rfc", "system")
"""Kinds of sources that can promise something."""
FUNCTIONS = """
[begin
    Beam = case code:get_object_code(Module) of
        {_, Binary, _} -> Binary;
        error -> hd(filelib:wildcard(code:root_dir() ++ "/lib/erts-*/ebin/" ++ atom_to_list(Module) ++ ".beam"))
    end,
    {ok, {_, [{abstract_code, {_, Forms}}]}} = beam_lib:chunks(Beam, [abstract_code]),
    [io:format("~s:~s/~b~n", [Module, Name, Arity]) || {function, _, Name, Arity, _} <- Forms],
    [io:format("~s:~s/~b~n", [Module, Name, length(Of)]) || {attribute, _, type, {Name, _, Of}} <- Forms]
end || Module <- [MODULES]], halt().
"""
"""Prints the functions and types of modules, also those that are not exported."""
NOTHING_SAID = re.compile(r"\bit is known whether\b|\bas `?other`?\b|\bfacts? [A-Z]\d", re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("gen_tcp:recv/2", [Source("manual", "gen_tcp", "recv/2")]),
        (
            'inet:setopts/2, option active ("a; b"); inet_drv.c: tcp_deliver',
            [
                Source("manual", "inet", "setopts/2", "option active", '"a; b"'),
                Source("code", "inet_drv.c", "tcp_deliver"),
            ],
        ),
        ("inet.erl: tcp_close/1 (once)", [Source("code", "inet.erl", "tcp_close/1", "", "once")]),
        ("gen_tcp_misc_SUITE: otp_17492", [Source("test", "gen_tcp_misc_SUITE", "otp_17492")]),
        ("RFC 9293, section 3.6; tcp(7)", [Source("rfc", "9293", "section 3.6"), Source("system", "tcp", "7")]),
        ('reference manual: Ports ("x")', [Source("guide", "reference manual", "Ports", "", '"x"')]),
    ],
)
def test_source_is_read_as_another(text: str, sources: list[Source]) -> None:
    assert parse(text) == sources


@pytest.mark.parametrize("text", ["fact M44", "", "seen everywhere", "inet_drv.c", "gen_tcp:recv/2;", "RFC 9293"])
def test_what_nobody_can_open_is_a_source(text: str) -> None:
    with pytest.raises(SourceError, match="is nothing that can be opened: write gen_tcp:recv/2, "):
        parse(text)


def test_clause_cites_what_nobody_can_open() -> None:
    wrong = []
    for clause in CLAUSES.values():
        try:
            cited = {each.kind for each in parse(clause.source)}
        except SourceError as reason:
            wrong.append(f"{clause.file}:{clause.line}: {clause.id}: {reason}")
        else:
            if clause.basis == "documented" and cited.isdisjoint(PROMISES):
                wrong.append(f"{clause.file}:{clause.line}: {clause.id}: documented, but it cites no manual")
    assert wrong == []


def test_clause_says_nothing() -> None:
    found = [each.id for each in CLAUSES.values() if NOTHING_SAID.search(f"{each.text} {each.intent} {each.source}")]
    assert found == []


def test_page_of_the_specification_cites_what_is_not_here(checkout: Path) -> None:
    pages = [*(checkout / "spec").glob("*.md"), *(checkout / "spec").glob("chapters/*.md")]
    cited = {page.name: re.findall(r"\bfacts? [A-Z]\d+", page.read_text(encoding="utf-8")) for page in pages}
    assert {name: found for name, found in cited.items() if found} == {}


def test_clause_that_otp_breaks_is_said_to_be_observed(checkout: Path) -> None:
    """Whatever every OTP does has no recorded deviation."""
    files = sorted((checkout / "adapters" / "beam").glob("*.deviations.toml"))
    assert files
    broken = {entry["clause"] for file in files for entry in toml.read(file)["deviation"]}
    assert sorted(each for each in broken if CLAUSES[each].basis == "observed") == []


def _functions(erl: str, modules: list[str]) -> set[str]:
    """``module:name/arity`` of every function and type of those modules, and ``module:name``."""
    command = [*shlex.split(erl), "-noinput", "-eval", FUNCTIONS.replace("MODULES", ", ".join(modules))]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return {*lines, *(line.partition("/")[0] for line in lines)}


@pytest.mark.vm
def test_clause_cites_a_function_that_no_release_has(erl: str, checkout: Path) -> None:
    """Those of OTP's Erlang files; one of C cannot be looked up in an installation."""
    commands = [erl]
    for release in ("27", "29"):
        tool = [sys.executable, str(checkout / "tools/otp-releases"), "--erl", release]
        answer = subprocess.run(tool, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            pytest.skip(answer.stderr.strip())
        commands.append(answer.stdout.strip())
    texts = {each.id: each.source for each in CLAUSES.values()}
    for file in sorted((checkout / "reference").rglob("*.py")):
        cited = re.findall(r"^ +OTP: ((?:.|\n)*?)\"\"\"", file.read_text(encoding="utf-8"), re.MULTILINE)
        texts[str(file)] = "; ".join(" ".join(each.split()) for each in cited)
    functions: dict[str, set[str]] = {}
    for place, text in texts.items():
        for each in parse(text) if text else ():
            if each.file.endswith(".erl") or each.file in ("gen_tcp", "inet", "erlang"):
                functions.setdefault(f"{each.file.removesuffix('.erl')}:{each.name}", set()).add(place)
    modules = sorted({each.partition(":")[0] for each in functions})
    there = set().union(*(_functions(command, modules) for command in commands))
    assert {name: sorted(places) for name, places in functions.items() if name not in there} == {}
