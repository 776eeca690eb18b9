"""A node that says that it plays scripts by itself, and does not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gen_tck.adapters.interface import NodeError
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.play.beam import _reports
from gen_tck.conformance.explorer.play.report import Report
from gen_tck.conformance.explorer.script.script import OWNER, Peer, Setting
from gen_tck.conformance.explorer.script.trace import Look
from gen_tck.spec.term_text import read_all
from gen_tck.spec.terms import List, Term
from tests.spec.terms import TERMS

TOLD = Oracle().predict(Setting(), [Peer("send", b"a")])
SERVED = Path(__file__).parents[1] / "nodes" / "served.py"


LOOK, LAST = "{[],0}", "{[{call,3,{returned,ok}}],0}"


def test_report_of_the_player_is_refused() -> None:
    assert _reports(read_all("[{0,1}]"), [TOLD]) == [Report(TOLD, 1)]
    assert _reports(read_all("[{0,2,outlived}]"), [TOLD]) == [Report(TOLD, 2)]
    assert _reports(read_all("[{0,1},{0,2,outlived}]"), [TOLD]) == [Report(TOLD, 1)]
    assert _reports(read_all("[]"), [TOLD]) == []


def test_recording_of_the_player_is_refused() -> None:
    seen = "{call,0,{returned,ok}},{call,1,{raised,error,x}},{mailbox,0,[a]},{peer,[<<1>>,{zeros,some},{zeros,2}],open}"
    (report,) = _reports(read_all(f"[{{0,[{{[{seen}],7}},cannot]}},{{0,2,outlived}}]"), [TOLD])
    assert report.trace is not None
    first, second, after = report.trace.looks
    assert first is not None
    assert first.spent == 7
    assert first.changes[0] == ("call", OWNER, ("returned", read_all("ok")))
    assert first.changes[-1] == ("peer", (b"\1", ("zeros", "some"), ("zeros", 2)), "open")
    assert second is None
    assert after == Look((("status", OWNER, "outlived"),))


def test_script_that_is_refused_ends_the_node() -> None:
    (report,) = _reports(read_all("[{0,-1,{refused,{connect,{error,einval}}}}]"), [TOLD])
    assert (report.refused, report.trace) == ("{connect,{error,einval}}", None)


def _recorded(seen: str) -> str:
    return f"[{{0,[{{[{seen}],0}},{LAST}]}}]"


@pytest.mark.parametrize(
    "report",
    [
        "ok",
        "[ok]",
        "[{0,0,[]}]",
        "[{1,0}]",
        "[{-1,0}]",
        "[{0,9}]",
        "[{0,0.5}]",
        "[{0,0},{0,0}]",
        "[{0,1,outlived}]",
        "[{0,-1,{cannot_begin,hangs}}]",
        "[{0,1},{0,-1,{refused,ok}}]",
        f"[{{0,[{LOOK}]}}]",
        f"[{{0,[{LOOK},{LAST},{LAST}]}}]",
        f"[{{0,[{LOOK},ok]}}]",
        f"[{{0,[{LOOK},{{[],-1}}]}}]",
        f"[{{0,[{LOOK},{{ok,0}}]}}]",
        f"[{{0,[{LOOK},{LAST}]}},{{0,1}}]",
        _recorded("ok"),
        _recorded("{call,4,{returned,ok}}"),
        _recorded("{call,0,{raised,error}}"),
        _recorded("{call,0,ok}"),
        _recorded("{mailbox,0,ok}"),
        _recorded("{status,0,1}"),
        _recorded("{'third peer',[],open}"),
        _recorded("{peer,[{zeros,1.5}],open}"),
        _recorded("{peer,[],gone}"),
    ],
)
def test_report_that_is_none_is_believed(report: str) -> None:
    with pytest.raises(NodeError):
        _reports(read_all(report), [TOLD])


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(
    st.one_of(TERMS, st.tuples(st.just(0), st.one_of(st.integers(-1, 2), TERMS), TERMS).map(lambda each: List([each])))
)
def test_odd_report_ends_in_a_traceback(value: Term) -> None:
    try:
        _reports(value, [TOLD])
    except NodeError as reason:
        assert str(reason).isprintable()  # noqa: PT017 - a report of nothing is one


@pytest.mark.vm
@pytest.mark.parametrize("command", ["--script", "--scripts"])
def test_claim_is_believed(command: str, tmp_path: Path) -> None:
    words = [sys.executable, str(SERVED), "--plays-scripts", "backend=inet", "release=25"]
    (tmp_path / "node.toml").write_text(f"command = {json.dumps(words)}\n")
    (tmp_path / "script").write_text("connect with [binary,{active,false}]\npeer: send <<1>>\n")
    argument = str(tmp_path / "script") if command == "--script" else "3"
    done = CliRunner().invoke(gen_tck, ["explore", str(tmp_path / "node.toml"), command, argument])
    assert done.exit_code == 1, done.output  # click's own, of which the command makes 2
    assert "Error: " in done.output
    assert "the node says that it plays scripts by itself, and does not: " in done.output
