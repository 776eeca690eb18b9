"""What is recorded of the zoo is judged again, replayed and reproduced; failures say what their reader can do."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from msgspec.structs import replace

from gen_tck.adapters.registry import find
from gen_tck.conformance.results.deviations import load, names_of_tests
from gen_tck.conformance.run.collection import FOLDER
from gen_tck.conformance.traces import file as traces
from gen_tck.conformance.traces.erlang_export import erlang_module
from gen_tck.conformance.traces.events import AnyEvent, MailboxSeen, MoreSeen, Take
from gen_tck.spec import clauses as spec
from gen_tck.spec.terms import Atom, Term
from tests.once import Once

pytestmark = pytest.mark.vm

Certify: TypeAlias = Callable[..., tuple[int, dict[str, Any]]]
ANIMAL = "once-delivers-twice"
CLAUSE = "modes/once-delivers-one-message"
FAULTS = {
    "owners-death-does-not-close": "ownership/owners-end-closes-the-socket",
    "once-delivers-twice": CLAUSE,
    "timeout-loses-bytes": "receiving/timeout-keeps-the-bytes",
    "passive-after-n-is-silent": "modes/last-counted-message-is-followed-by-tcp-passive",
}
"""The animals, and the clauses that they break."""


@pytest.fixture(scope="module")
def folder(certify: Certify, once: Once) -> Path:
    """Where the results and the traces of a whole run are."""
    return once(ANIMAL, lambda folder: certify(ANIMAL, folder=folder))


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{ANIMAL}.json").read_text())
    return found


def gen_tck(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = Path(sys.executable).with_name("gen-tck")
    return subprocess.run([script, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def failure(results: dict[str, Any]) -> dict[str, Any]:
    """The case that shows the animal's fault."""
    found: dict[str, Any] = next(
        case for case in results["cases"] if case["verdict"] == "fail" and case["clauses"][0] == CLAUSE
    )
    return found


def test_traces_are_judged_otherwise(results: dict[str, Any], folder: Path) -> None:
    names = [case["trace"] for case in results["cases"] if case["trace"]]
    assert len(names) > 100
    done = gen_tck(folder, "judge", *names)
    assert done.stdout.splitlines()[-1] == f"{len(names)} traces, {len(names)} judged as recorded"
    assert (done.returncode, done.stderr) == (1, "")


def test_passing_trace_asks_for_attention(results: dict[str, Any], folder: Path) -> None:
    name = next(case["trace"] for case in results["cases"] if case["verdict"] == "pass")
    done = gen_tck(folder, "judge", name)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{name}: pass, as recorded\n", "")


def test_failing_trace_says_little(results: dict[str, Any], folder: Path) -> None:
    case = failure(results)
    done = gen_tck(folder, "judge", case["trace"])
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{case['trace']}: fail, as recorded",
        f"    {spec.load()[CLAUSE].sentence}",
        f"    test      {case['place']} {case['id'].partition('::')[2]}",
        f"    at        {case['where']}",
        f"    expected  {case['expected']}",
        f"    saw       {case['seen']}",
        f"    after     {case['step']}",
        f"    again     gen-tck replay {case['trace']} --as erlang",
    ]


def test_verdict_edited_by_hand_is_believed(results: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    case = failure(results)
    text = (folder / case["trace"]).read_text()
    (tmp_path / "edited.jsonl").write_text(text.replace('"verdict":"fail"', '"verdict":"pass"', 1))
    done = gen_tck(tmp_path, "judge", "edited.jsonl")
    assert done.returncode == 1
    seen = f"expected {case['expected']}, saw {case['seen']}"
    assert done.stdout.splitlines()[0] == f"edited.jsonl: fail; recorded was pass ({seen})"


def test_unknown_verdict_is_read(results: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    text = (folder / failure(results)["trace"]).read_text()
    (tmp_path / "edited.jsonl").write_text(text.replace('"verdict":"fail"', '"verdict":"good"'))
    done = gen_tck(tmp_path, "judge", "edited.jsonl")
    line = text.count("\n")
    complaint = f"edited.jsonl: line {line}: this is no verdict: Invalid enum value 'good' - at `$.verdict`"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"Error: {complaint}\n")


def test_trace_that_does_not_fit_has_a_verdict(results: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    lines = (folder / failure(results)["trace"]).read_text().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if '"do":"call"' in line)
    lines[number] = lines[number].replace('"function":"', '"function":"un')
    (tmp_path / "edited.jsonl").write_text("".join(lines))
    done = gen_tck(tmp_path, "judge", "edited.jsonl")
    assert (done.returncode, done.stdout) == (2, "edited.jsonl: could not tell\n")
    assert done.stderr.startswith(
        f"  edited.jsonl: line {number + 1}: the trace does not fit the test: the test does `"
    )


@pytest.mark.parametrize(
    ("case", "complaint"),
    [
        ("modes/test_none.py::test_none", "this kit has no case modes/test_none.py::test_none"),
        ("../../etc/test_evil.py::test_evil", "this kit has no case ../../etc/test_evil.py::test_evil"),
        ("script:17", "script:17 comes without the text of its script"),
    ],
)
def test_trace_of_no_case_is_judged(
    results: dict[str, Any], folder: Path, tmp_path: Path, case: str, complaint: str
) -> None:
    known = failure(results)
    text = (folder / known["trace"]).read_text().replace(known["id"], case)
    (tmp_path / "edited.jsonl").write_text(text)
    done = gen_tck(tmp_path, "judge", "edited.jsonl")
    assert (done.returncode, done.stdout) == (2, "edited.jsonl: could not tell\n")
    assert done.stderr.startswith(f"  edited.jsonl: line 1: {complaint}")


def test_replay_on_the_reference_sees_the_fault(results: dict[str, Any], folder: Path) -> None:
    case = failure(results)
    done = gen_tck(folder, "replay", case["trace"], "--node", "reference")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    seen = f"expected {case['expected']}, saw {case['seen']}"
    assert lines[:2] == [case["id"], f"recorded on reference 0.1.0: fail ({seen})"]
    assert lines[2] == "now on reference 0.1.0: pass"
    first = lines.index("first difference, - recorded, + now:")
    assert lines[first + 1].startswith("- ")
    assert any(line.startswith("- ") and line.endswith(seen) for line in lines[first:])
    assert lines[-1] == "different: the verdict is another one"


def test_replay_of_what_is_right_differs(results: dict[str, Any], folder: Path) -> None:
    name = next(case["trace"] for case in results["cases"] if case["verdict"] == "pass")
    done = gen_tck(folder, "replay", name, "--node", "reference")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "same: the verdict is the recorded one"
    assert "first difference" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "say where: either --node NODE or --as erlang"),
        (["--node", "reference", "--as", "erlang"], "say where: either --node NODE or --as erlang"),
        (["--node", "reference", "-o", "x.erl"], "-o goes with --as erlang"),
        (["--node", "refernce"], "no node is called 'refernce': did you mean 'reference'? known are "),
        (["--node", "otp", "--erl", "no-such-erl"], "no-such-erl"),
        (["--as", "erlang", "-o", "no/x.erl"], "the module cannot be written to no/x.erl: no such file or directory"),
    ],
)
def test_impossible_replay_is_tried(
    results: dict[str, Any], folder: Path, arguments: list[str], complaint: str
) -> None:
    done = gen_tck(folder, "replay", failure(results)["trace"], *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_workers_keep_no_traces(certify: Certify, results: dict[str, Any], zoo: Path) -> None:
    alone = {case["id"]: case["trace"] for case in results["cases"] if CLAUSE in case["clauses"]}
    _, found = certify("timeout-loses-bytes", "-n", "2", "--clause", CLAUSE)
    names = {case["id"]: case["trace"] for case in found["cases"]}
    assert names == {each: name.replace(ANIMAL, "timeout-loses-bytes-part") for each, name in alone.items()}
    kept = {path.name for path in (zoo / "timeout-loses-bytes-part.traces").iterdir()}
    assert kept == {Path(name).name for name in names.values()}


# All at once: a reproduction mostly waits. (No case of the chapter system_monitor is among them.)
HARNESS = """#!/usr/bin/env escript
main(Files) ->
    Self = self(),
    [spawn_link(fun() -> Self ! {File, one(File)} end) || File <- Files],
    [receive {File, Status} -> io:format("~s ~p~n", [File, Status]) end || File <- Files].

one(File) ->
    {ok, Module, Beam, Warnings} = compile:file(File, [binary, return]),
    [] = Warnings,
    {module, Module} = code:load_binary(Module, File, Beam),
    {ok, Output} = file:open(filename:rootname(File) ++ ".out", [write, {encoding, utf8}]),
    {_, Monitor} = spawn_monitor(fun() -> group_leader(Output, self()), exit({done, Module:run()}) end),
    receive {'DOWN', Monitor, _, _, {done, Status}} -> Status; {'DOWN', Monitor, _, _, Reason} -> Reason end.
"""


def reproduced(tmp_path: Path, folder: Path, cases: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """For each case by its id: what its module came back with on this machine's Erlang, and what it printed."""
    return run_on_otp(tmp_path, {case["id"]: traces.read(folder / case["trace"]) for case in cases})


def run_on_otp(tmp_path: Path, recorded: dict[str, traces.Trace]) -> dict[str, tuple[str, str]]:
    """What the module of each trace came back with, and what it printed."""
    (tmp_path / "harness").write_text(HARNESS)
    files = {}
    for number, (id_, trace) in enumerate(recorded.items()):
        text = erlang_module(trace, {})
        files[id_] = tmp_path / f"m{number}.erl"
        files[id_].write_text(re.sub(r"-module\(.*\)\.", f"-module(m{number}).", text, count=1))
    done = subprocess.run(
        ["escript", tmp_path / "harness", *files.values()], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    status = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.startswith(str(tmp_path)))
    return {case: (status[str(file)], file.with_suffix(".out").read_text()) for case, file in files.items()}


@pytest.mark.usefixtures("erl")
@pytest.mark.parametrize("name", FAULTS)
def test_fault_of_the_zoo_is_seen_on_otp(name: str, certify: Certify, zoo: Path, tmp_path: Path) -> None:
    _, found = certify(name, "--run-blocked", "--clause", FAULTS[name].partition("/")[0] + "/*")
    failed = [case for case in found["cases"] if case["verdict"] == "fail" or case["own"] == "fail"]
    seen = reproduced(tmp_path, zoo, failed)
    # A fault may also make a case fail in the way in which it fails on OTP, so that nothing is different.
    assert {status for status, _ in seen.values()} <= {"0", "1"}, seen
    own = {case["id"] for case in failed if FAULTS[name] in case["clauses"]}
    assert own
    for case in own:
        status, printed = seen[case]
        assert status == "1", f"{case}: {status}\n{printed}"
        assert "<-- recorded was" in printed


def function_of(case: dict[str, Any]) -> str:
    """The name of the test function of a case."""
    return str(case["id"]).partition("::")[2].partition("[")[0]


@pytest.mark.usefixtures("erl")
def test_what_is_right_is_not_seen_on_otp(results: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    chosen = ("ownership/", "modes/", "receiving/", "sending/", "closing/")
    deviating = load(find("otp").deviations, spec.load(), names_of_tests(FOLDER))
    passed = [
        case
        for case in results["cases"]
        if case["verdict"] == "pass"
        and case["id"].startswith(chosen)
        and not any(each.test.partition("[")[0] == function_of(case) for each in deviating)
        and b"sndbuf" not in (folder / case["trace"]).read_bytes()  # how much small buffers hold is the kernel's affair
        and b'"do":"vanish"' not in (folder / case["trace"]).read_bytes()  # no socket of Erlang's can
    ]
    for case, (status, printed) in reproduced(tmp_path, folder, passed[::40]).items():
        assert status == "0", f"{case}: {status}\n{printed}"
        assert "REPRODUCED: everything was seen again as recorded." in printed


def in_halves(trace: traces.Trace) -> traces.Trace:
    """The trace as it is when each message with data comes as two."""
    events = list[AnyEvent]()
    pieces = 0
    for event in trace.events:
        if isinstance(event, MailboxSeen):
            event = replace(event, mailbox=tuple(half for each in event.mailbox for half in halves(each)))
            pieces = len(event.mailbox)
        elif isinstance(event, MoreSeen):
            event = replace(event, more=tuple(half for each in event.more for half in halves(each)))
            pieces += len(event.more)
        elif isinstance(event, Take):
            event, pieces = replace(event, count=pieces), 0
        events.append(event)
    return dataclasses.replace(trace, events=events)


def halves(message: Term) -> tuple[Term, ...]:
    match message:
        case (tag, socket, bytes(data)) if tag == Atom("tcp") and len(data) > 1:
            return (tag, socket, data[:1]), (tag, socket, data[1:])
        case _:
            return (message,)


@pytest.mark.usefixtures("erl")
def test_cut_of_a_stream_is_seen_on_otp(results: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    """In how many messages a stream comes is another each time; of packets it is not."""
    names = {"stream": "test_full_mailbox_stalls_the_peer", "packets": "test_part_of_a_packet_is_delivered"}
    found = {
        kind: in_halves(traces.read(folder / case["trace"]))
        for kind, name in names.items()
        for case in results["cases"]
        if function_of(case) == name
    }
    seen = run_on_otp(tmp_path, found)
    assert {kind: status for kind, (status, _) in seen.items()} == {"stream": "0", "packets": "1"}, seen
