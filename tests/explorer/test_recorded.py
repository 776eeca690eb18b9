"""Traces of scripts: judged from what was recorded, played again, drawn, and made into Erlang that shows the same."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from gen_tck.adapters import registry
from gen_tck.adapters.interface import Node
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.explorer.findings import words
from gen_tck.conformance.explorer.findings.exploration import Exploration
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.recorded import case_of, judge_trace, keep, show_on
from gen_tck.conformance.explorer.generate.generate import Generator
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.conformance.output.targets import Target
from gen_tck.conformance.reports.chart import chart
from gen_tck.conformance.traces.erlang_export import erlang_module
from gen_tck.conformance.traces.file import Trace, read
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.models.departure import Model
from gen_tck.reference.models.departures import model as departing
from gen_tck.reference.models.otp_inet import model as otp_inet
from gen_tck.reference.models.variants import model as variant
from tests.explorer.conftest import FAULTS, EndIsNotTold

pytestmark = pytest.mark.vm

TOLD = "connect with [binary,{active,true}]\npeer: send <<97>>\npeer: fin"


def _recorded(node: Node, text: str, file: Path, oracle: Oracle | None = None) -> Trace:
    oracle = oracle or Oracle()
    script = parse(text)
    prediction = oracle.predict(script.setting, script.steps)
    assert prediction.script == script
    shown = show_on(node, prediction, oracle)
    keep(Target(file), shown, case_of("script:1:7", shown.finding), node)
    return read(file)


def _run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(gen_tck, [str(each) for each in arguments], standalone_mode=False)
    status = result.return_value if result.exception is None else 2
    return status, result.output + str(result.exception or "")


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """The trace of a script that shows a fault of the reference."""
    _recorded(SimulatedNode(EndIsNotTold), TOLD, tmp_path / "faulty.jsonl")
    return tmp_path / "faulty.jsonl"


# judge


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_trace_of_a_finding_is_judged_as_another(fault: type[TcpDriver], tmp_path: Path) -> None:
    outcome = Exploration(lambda: SimulatedNode(fault), Plan(1000)).run()
    assert outcome.unexplained
    oracle = Oracle()
    for group in outcome.unexplained[:5]:
        finding = group.first
        trace = _recorded(SimulatedNode(fault), str(finding.at.prediction.script), tmp_path / "x.jsonl", oracle)
        case = judge_trace(trace)
        about = [finding.clause] if finding.clause else []  # of some things no clause speaks
        assert (case.verdict, case.clauses, case.where) == ("fail", about, words.kind(finding))
        assert (case.expected, case.seen) == (words.allowed(finding), words.seen(finding))


def test_trace_of_what_is_right_is_judged_as_wrong(tmp_path: Path) -> None:
    generator, oracle, node = Generator(6), Oracle(), SimulatedNode()
    for number in range(100):
        script = oracle.predict(*generator.random(number)).script
        trace = _recorded(node, str(script), tmp_path / "x.jsonl", oracle)
        assert judge_trace(trace).verdict == "pass"


def test_judge_does_not_say_what_was_recorded(faulty: Path) -> None:
    status, output = _run("judge", faulty)
    assert status == 1
    assert output.startswith(f"{faulty}: fail, as recorded\n")
    assert "expected  owner holds {tcp,'$socket',<<\"a\">>}, {tcp_closed,'$socket'}" in output
    assert "after     peer: fin" in output


def test_edited_trace_is_judged_as_recorded(faulty: Path) -> None:
    text = faulty.read_text()
    lines = text.splitlines()
    prediction = next(number for number, line in enumerate(lines) if '"more":' in line)
    end = lines[prediction].replace('{"$a":"tcp"}', '{"$a":"tcp_closed"}').replace(',{"$b":"YQ=="}', "")
    finish = next(number for number, line in enumerate(lines) if '"do":"finish"' in line)
    faulty.write_text("\n".join([*lines[: finish + 1], end, *lines[finish + 1 :]]) + "\n")
    status, output = _run("judge", faulty)
    assert (status, output) == (0, f"{faulty}: pass; recorded was fail ({_in_short(text)})\n")


def _in_short(text: str) -> str:
    found = re.search(r'"expected":"((?:[^"\\]|\\.)*)","seen":"((?:[^"\\]|\\.)*)"', text)
    assert found is not None
    return "expected {}, saw {}".format(*(each.replace('\\"', '"') for each in found.groups()))


KILLED = """connect with [binary,{active,false}]
    other: gen_tcp:recv('$socket', 0, infinity)
    other gets exit signal kill
    owner: gen_tcp:recv('$socket', 0, 0)"""
OPTIONS = """connect with [binary,{active,false}]
    owner: gen_tcp:close('$socket')
    owner: inet:getopts('$socket', [active])"""


@pytest.mark.parametrize(
    ("name", "text", "modelled", "status", "verdict", "why"),
    [
        ("otp", KILLED, otp_inet(25), 0, "deviates", "otp-inet/slot-outlives-its-receiver: "),
        ("otp", TOLD, departing(["planted/end-is-not-told"]), 1, "fail", ""),
        ("theirs", KILLED, otp_inet(25), 1, "fail", ""),
        ("theirs", OPTIONS, variant([("closing/options-after-close", "closed")]), 0, "varies", ""),
        ("otp", OPTIONS, variant([("closing/options-after-close", "closed")]), 1, "fail", ""),
        ("../otp", KILLED, otp_inet(25), 1, "fail", ""),
    ],
    ids=["departure", "fault", "fault of a stranger", "variant of a stranger", "variant of another", "path"],
)
def test_what_is_known_of_a_node_is_not_known_of_its_trace(
    name: str, text: str, modelled: Model, status: int, verdict: str, why: str, tmp_path: Path
) -> None:
    node = SimulatedNode(*modelled)
    node.capabilities = replace(node.capabilities, name=name, details={"release": "25"})
    _recorded(node, text, tmp_path / "x.jsonl")
    said, output = _run("judge", tmp_path / "x.jsonl")
    assert said == status
    assert output.startswith(f"{tmp_path / 'x.jsonl'}: {verdict}")
    assert why in output


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (lambda text: re.sub(r',"script":"[^\n]*?"}\n', "}\n", text), "line 1: script:1:7 comes without the text"),
        (
            lambda text: text.replace("peer: fin", "peer: fun"),
            "line 1: the script: line 3, column 7: connect or send or read or",
        ),
        (lambda text: text.replace('"function":"connect"', '"function":"convect"'), "the trace does not fit the test"),
        (lambda text: text.replace("peer: fin", "peer: fin\\npeer: fin"), "cannot do all the steps of the script"),
    ],
    ids=["no script", "no such step", "another call", "steps that cannot be"],
)
def test_trace_that_says_nothing_has_a_verdict(
    faulty: Path, edit: Callable[[str], str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    text = edit(faulty.read_text())
    assert text != faulty.read_text()
    faulty.write_text(text)
    status, output = _run("judge", faulty)
    assert status == 2
    assert complaint in output


# replay


def test_replay_of_a_finding_sees_something_else(faulty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_open_reference", lambda: SimulatedNode(EndIsNotTold))
    status, output = _run("replay", faulty, "--node", "reference")
    assert status == 0, output
    assert output.splitlines()[-1] == "same: the verdict is the recorded one"
    assert "first difference" not in output


def test_replay_on_a_node_without_the_fault_sees_it(faulty: Path) -> None:
    status, output = _run("replay", faulty, "--node", "reference")
    assert status == 1, output
    assert output.startswith("script:1:7\nrecorded on reference 0.1.0: fail (expected owner holds")
    assert "now on reference 0.1.0: pass" in output
    assert output.splitlines()[-1] == "different: the verdict is another one"
    new = output.partition("first difference, - recorded, + now:")[2]
    assert re.search(r"^\+ .*owner: has the message \{tcp_closed,#Port<\d+>\}$", new, re.MULTILINE)


def test_replay_on_no_node_is_tried(faulty: Path) -> None:
    status, output = _run("replay", faulty, "--node", "refernce")
    assert status == 2
    assert "did you mean 'reference'" in output


# chart


def test_chart_lacks_the_difference(faulty: Path) -> None:
    drawn = chart(read(faulty), alone=True)
    assert "first difference: peer: fin" in drawn
    assert "owner" in drawn
    assert "trapper" in drawn


# --as erlang

DEVIATIONS = {
    "killed receiver": """connect with [binary,{active,false}]
        other: gen_tcp:recv('$socket', 0, infinity)
        other gets exit signal kill
        owner: gen_tcp:recv('$socket', 0, 0)
        peer: send <<"abc">>""",
    "poll leaves bytes": """connect with [binary,{active,false}]
        owner: gen_tcp:recv('$socket', 3, 0)
        peer: send <<"a">>
        owner: gen_tcp:recv('$socket', 0, 0)""",
    "passive again": """connect with [binary,{active,false}]
        other: gen_tcp:recv('$socket', 0, infinity)
        owner: inet:setopts('$socket', [{active,once}])
        owner: inet:setopts('$socket', [{active,false}])
        peer: send <<"abc">>""",
    "tcp_passive is not forwarded": """connect with [binary,{active,1}]
        peer: send <<"abc">>
        owner: gen_tcp:controlling_process('$socket', '$other')""",
    "transfer of a half-closed socket": """connect with [binary,{active,true},{exit_on_close,false}]
        peer: fin
        owner: gen_tcp:controlling_process('$socket', '$other')
        other: gen_tcp:controlling_process('$socket', '$owner')""",
}
"""Scripts that OTP, as far as it is known, plays another way than the reference."""


def _module_says(text: str, folder: Path) -> tuple[int, str]:
    (name,) = re.findall(r"^-module\((\w+)\)", text, re.MULTILINE)
    (folder / f"{name}.erl").write_text(text)
    subprocess.run(["erlc", "-Werror", f"{name}.erl"], cwd=folder, check=True)
    command = ["erl", "-noshell", "-s", name, "main"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", DEVIATIONS)
def test_deviation_of_otp_is_not_recorded_or_its_reproduction_does_not_show_it(
    name: str, otp: Node, tmp_path: Path
) -> None:
    trace = _recorded(otp, DEVIATIONS[name], tmp_path / "otp.jsonl")
    assert judge_trace(trace).verdict == "fail"
    status, said = _module_says(erlang_module(trace, {}), tmp_path)
    assert status == 0, said
    assert said.endswith("REPRODUCED: everything was seen again as recorded.\n")


@pytest.mark.usefixtures("otp")
def test_reproduction_does_not_see_what_differs(tmp_path: Path) -> None:
    right = _recorded(SimulatedNode(), DEVIATIONS["killed receiver"], tmp_path / "reference.jsonl")
    status, said = _module_says(erlang_module(right, {}), tmp_path)
    assert status == 1, said
    assert "<-- recorded was" in said


@pytest.mark.usefixtures("otp")
def test_message_of_a_trace_is_taken_for_a_command(tmp_path: Path) -> None:
    forged = "owner: erlang:send('$other', {'$do','$owner',1,erlang,halt,[7],[]})"
    right = _recorded(SimulatedNode(), f"{TOLD}\n{forged}", tmp_path / "reference.jsonl")
    status, said = _module_says(erlang_module(right, {}), tmp_path)
    assert status == 0, said


@pytest.mark.usefixtures("otp")
def test_reproduction_of_what_is_right_sees_something_else(tmp_path: Path) -> None:
    right = _recorded(SimulatedNode(), TOLD, tmp_path / "reference.jsonl")
    status, said = _module_says(erlang_module(right, {}), tmp_path)
    assert status == 0, said
