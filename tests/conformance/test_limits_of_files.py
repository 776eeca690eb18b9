"""Limits hold wherever a file of somebody else is read, and can be set there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gen_tck.conformance.commands.cli import gen_tck

HEADER = (
    '{"gen_tck_trace":1,"case":"modes/test_a.py::test_a","clauses":["modes/active-by-default"],"kit":{"version":"0"},'
    '"node":{"name":"n","version":"1","details":{},"profiles":[]},"started":"2026-01-01T00:00:00Z"}\n'
)


@pytest.fixture
def trace(tmp_path: Path) -> str:
    path = tmp_path / "t.jsonl"
    path.write_text(HEADER + "x" * 2_000_000 + "\n")
    return str(path)


@pytest.mark.parametrize(
    "words", [("judge",), ("replay", "--as", "erlang"), ("replay", "--node", "reference")], ids=" ".join
)
@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ("trace=100", "it has over 100 bytes (limit trace)"),
        ("traces=100", "there is no limit 'traces': they are "),
        ("trace=none", "the limit trace is a whole number, not 'none'"),
    ],
)
def test_limit_of_a_trace_cannot_be_set(words: tuple[str, ...], limit: str, why: str, trace: str) -> None:
    done = CliRunner().invoke(gen_tck, [*words, trace, "--limit", limit])
    assert f"Error: {why}" in done.output or f"{trace}: {why}" in done.output


@pytest.mark.parametrize("words", [("--known",), ("--script", "-")], ids=" ".join)
def test_limit_of_a_given_script_cannot_be_set(words: tuple[str, ...]) -> None:
    asked = ["explore", "reference", *words, "--limit", "lines=1"]
    done = CliRunner().invoke(gen_tck, asked, input="connect with [binary,{active,false}]\n")
    assert "there is no limit 'lines': they are " in done.output


PIECES = ['{"at":1,"peer":1,"data":{"$r":[0,40000000]}}', *['{"at":1,"peer":1,"data":{"$b":"YQ=="}}'] * 8000]


@pytest.mark.parametrize(
    "events",
    [
        ['{"at":1,"process":1,"more":[1]}'] * 20_000,
        PIECES,
    ],
    ids=["messages", "data"],
)
def test_module_says_more_bytes_than_there_is_room_for(events: list[str], tmp_path: Path) -> None:
    trace = recorded(tmp_path, events)
    done = CliRunner().invoke(gen_tck, ["replay", str(trace), "--as", "erlang"])
    assert done.output == f"Error: {trace}: as Erlang it would say over 33554432 bytes of messages and data\n"


def test_data_in_many_pieces_are_put_together_again_and_again(tmp_path: Path) -> None:
    recorded(tmp_path, PIECES)
    done = CliRunner().invoke(gen_tck, ["report", str(tmp_path / "r.json"), "--html", "-o", str(tmp_path / "r.html")])
    assert done.output == ""


def recorded(folder: Path, events: list[str]) -> Path:
    """A trace beside results, with ``events`` at its end."""
    CliRunner().invoke(
        gen_tck,
        ["certify", "reference", "--clause", "ownership/monitor-answers", "--results", str(folder / "r.json")],
        standalone_mode=False,
    )
    trace = next((folder / "r.traces").iterdir())
    *lines, verdict = trace.read_text().splitlines()
    trace.write_text("\n".join([*lines, '{"at":1,"do":"accept","listener":1,"peer":1}', *events, verdict]))
    return trace


def test_limit_of_traces_is_not_that_of_a_report(tmp_path: Path) -> None:
    recorded(tmp_path, ['{"at":1,"peer":1,"data":{"$b":"' + "A" * 2_000_000 + '"}}'])
    asked = ["report", str(tmp_path / "r.json"), "--html", "-o", str(tmp_path / "r.html")]
    done = CliRunner().invoke(gen_tck, [*asked, "--limit", "trace=100"])
    assert "it has over 100 bytes (limit trace)" in done.output
    assert CliRunner().invoke(gen_tck, asked).output == ""


BULK = "connect with [binary,{active,false}]\n" + "owner: erlang:send(my_own, ['$bulk',['$bulk']])\n" * 3


def test_script_says_more_bytes_than_the_limit() -> None:
    asked = ["explore", "reference", "--script", "-"]
    done = CliRunner().invoke(gen_tck, [*asked, "--limit", "repeats=600000"], input=BULK)
    assert "Error: <stdin>: line 4, column 1: runs of over 600000 bytes so far (limit repeats)" in done.output
    assert "limit repeats" not in CliRunner().invoke(gen_tck, asked, input=BULK).output


def test_limit_of_a_trace_of_a_script_is_not_that_of_its_replay(tmp_path: Path) -> None:
    trace = str(tmp_path / "t.jsonl")
    script = "connect with [binary,{active,false}]\npeer: send <<97>>\n"
    CliRunner().invoke(gen_tck, ["explore", "reference", "--script", "-", "--trace", trace], input=script)
    done = CliRunner().invoke(gen_tck, ["replay", trace, "--node", "reference", "--limit", "trace=10"])
    assert "the trace of this case has over 10 bytes (--limit trace=N allows more)" in done.output
