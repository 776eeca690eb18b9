"""What a sequence chart shows: who spoke to whom, in which order, and the first difference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click import ClickException
from click.testing import Result

from gen_tck.conformance.reports.chart import MOST_ROWS, chart
from gen_tck.conformance.reports.chart_model import ChartModel, chart_of
from gen_tck.conformance.results.file import read
from gen_tck.conformance.traces import file as traces
from gen_tck.conformance.traces import lines
from gen_tck.conformance.traces.events import Accept, Call, Dial

from .conftest import EVIL, Events, MakeRun, exchange, failed

SVG = "{http://www.w3.org/2000/svg}"


def drawn_of(events: Events) -> ChartModel:
    """The chart model of these lines."""
    return chart_of([lines.decode({"at": 0.0, **each}) for each in events])


def told(events: Events) -> list[str]:
    """The rows of the chart: who, to whom, what."""
    drawn = drawn_of(events)

    def name(lane: int | None) -> str:
        return "-" if lane is None else drawn.lanes[lane].name

    return [f"{name(each.start)} > {name(each.end)}: {each.text}" for each in drawn.rows]


def test_arrow_points_elsewhere() -> None:
    assert told(exchange(differs=True)) == [
        "owner > port 1: gen_tcp:connect({127,0,0,1}, 4711, [])",
        "port 1 > owner: {ok,port 1}",
        "peer 1 > port 1: accepts",
        'peer 1 > port 1: <<"abc">>',
        'port 1 > owner: {tcp,port 1,<<"abc">>}',
        "owner > port 1: inet:setopts(port 1, [])",
        "port 1 > owner: ok",
        "port 1 > peer 1: end of stream (FIN)",
        "- > -: setopts",
    ]


def test_lanes_are_out_of_order() -> None:
    assert [(each.kind, each.name) for each in drawn_of(exchange()).lanes] == [
        ("process", "owner"),
        ("socket", "port 1"),
        ("peer", "peer 1"),
    ]


def test_peers_are_mixed_up() -> None:
    """The second to be accepted is at the other end of the second that connected."""
    events: Events = [{"do": "spawn", "process": 1, "pid": {"$h": 1, "kind": "pid"}, "name": "owner"}]
    events.append({"do": "listen", "listener": 1, "port": 4711, "receive_buffer": None})
    for number in (1, 2):
        port = {"$h": 10 + number, "kind": "port"}
        events += [
            {"do": "call", "call": number, "process": 1, "module": "gen_tcp", "function": "connect"}
            | {"args": [{"$a": "localhost"}, 4711, []]},
            {"call": number, "returned": {"$t": [{"$a": "ok"}, port]}},
        ]
    events += [{"do": "accept", "listener": 1, "peer": number} for number in (1, 2)]
    events += [{"do": "close", "peer": number} for number in (2, 1)]
    assert told(events)[-2:] == ["peer 2 > port 2: closes", "peer 1 > port 1: closes"]


def test_accepted_socket_has_no_peer() -> None:
    listener, socket = {"$h": 2, "kind": "port"}, {"$h": 3, "kind": "port"}
    events: Events = [
        {"do": "spawn", "process": 1, "pid": {"$h": 1, "kind": "pid"}, "name": "owner"},
        {"do": "call", "call": 1, "process": 1, "module": "inet", "function": "port", "args": [listener]},
        {"call": 1, "returned": {"$t": [{"$a": "ok"}, 4711]}},
        {"do": "dial", "port": 4711, "peer": 1, "receive_buffer": None},
        {"do": "call", "call": 2, "process": 1, "module": "gen_tcp", "function": "accept", "args": [listener]},
        {"call": 2, "returned": {"$t": [{"$a": "ok"}, socket]}},
        {"do": "reset", "peer": 1},
    ]
    assert told(events)[-1] == "peer 1 > port 2: resets (RST)"


def test_chart_is_taken_over_by_the_subject(tmp_path: Path) -> None:
    evil = EVIL + "\x00]]>"
    path = tmp_path / "t.jsonl"
    header = traces.Header(kit="0", case="modes/test_x.py::" + evil, clauses=["modes/x"], node=traces.NodeFacts())
    path.write_bytes(traces.encode(header, map(lines.encode, exchange(evil, differs=True)), {"verdict": "fail"}))
    drawing = ElementTree.fromstring(chart(traces.read(path), alone=True))
    tags = {each.tag.removeprefix(SVG) for each in drawing.iter()}
    assert tags <= {"svg", "style", "g", "title", "text", "path", "rect"}
    assert not [name for each in drawing.iter() for name in each.attrib if name.startswith("on")]
    said = "".join(each.text or "" for each in drawing.iter(f"{SVG}text"))
    assert "<script>" in said
    assert r"\x{0}" in said


def test_difference_is_not_marked(make_run: MakeRun, command: Callable[..., Result]) -> None:
    run = make_run((failed(), exchange(EVIL, differs=True)))
    case = read(run).cases[0].id
    drawing = ElementTree.fromstring(command("report", run, "--chart", case).output)
    (box,) = [each for each in drawing.iter(f"{SVG}g") if each.attrib["class"] == "row divergence"]
    words = [each.text for each in box.iter(f"{SVG}text")][1:]
    assert words[:4] == ["first difference: setopts", "expected", "ok", "seen"]
    assert "".join(filter(None, words[4:])).replace(" ", "") == EVIL.replace(" ", "")


def test_chart_grows_without_end(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    more = [{"at": 1.0, "do": "advance", "milliseconds": number} for number in range(1000)]
    header = traces.Header(kit="0", case="a/b.py::c", clauses=["modes/x"], node=traces.NodeFacts())
    path.write_bytes(traces.encode(header, map(lines.encode, exchange() + more), {"verdict": "pass"}))
    drawn = chart(traces.read(path))
    assert drawn.count('class="row ') == MOST_ROWS + 1
    assert "gen_tcp:connect" in drawn
    assert "999 ms pass" in drawn


def test_every_recorded_case_cannot_be_drawn(reference_run: Path) -> None:
    cases = [case for case in read(reference_run).cases if case.trace is not None]
    assert cases
    for case in cases:
        trace = traces.read(reference_run.parent / str(case.trace))
        drawn = chart_of(trace.events)
        ElementTree.fromstring(chart(trace))
        peers = [number for number, lane in enumerate(drawn.lanes) if lane.kind == "peer"]
        calls = sum(isinstance(event, Call) for event in trace.events)
        assert sum(row.kind == "call" for row in drawn.rows) == calls
        assert len(peers) == sum(isinstance(event, Accept | Dial) for event in trace.events)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda text: text[: len(text) // 2], "line"),
        (lambda text: text.replace('"gen_tck_trace":1', '"gen_tck_trace":2'), "format 2; this kit reads format 1"),
        (lambda text: text.replace('"case":"modes/', '"case":"sending/'), "this is the trace of sending/test_x.py"),
        (lambda text: "x" + text, "line 1"),
        (lambda text: text.replace('"returned":{"$a":"ok"}', '"returned":{"$q":1}'), "line 11"),
    ],
)
@pytest.mark.parametrize("form", [("--html",), ("--chart", "modes/test_x.py::test_it")])
def test_damaged_trace_is_drawn(
    make_run: MakeRun,
    command: Callable[..., Result],
    tmp_path: Path,
    damage: Callable[[str], str],
    complaint: str,
    form: tuple[str, ...],
) -> None:
    run = make_run((failed(), exchange()))
    trace, output = tmp_path / "x.traces" / "0.jsonl", tmp_path / "out"
    trace.write_text(damage(trace.read_text()))
    done = command("report", run, *form, "-o", output)
    assert isinstance(done.exception, ClickException)
    assert str(trace) in done.exception.message
    assert complaint in done.exception.message
    assert "\n" not in done.exception.message
    assert not output.exists()


def test_missing_trace_stops_the_report(make_run: MakeRun, command: Callable[..., Result], tmp_path: Path) -> None:
    run = make_run((failed(), exchange()))
    (tmp_path / "x.traces" / "0.jsonl").unlink()
    assert "Its trace is missing: x.traces/0.jsonl" in command("report", run, "--html").output
    done = command("report", run, "--chart", "modes/test_x.py::test_it")
    assert "its trace is missing: x.traces/0.jsonl" in str(done.exception)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "x.traces/../../secret"])
def test_results_read_files_elsewhere(make_run: MakeRun, command: Callable[..., Result], name: str) -> None:
    run = make_run((failed(), exchange()))
    run.write_text(run.read_text().replace("x.traces/0.jsonl", name))
    done = command("report", run, "--html")
    assert "outside the folder of the results" in str(done.exception)


def test_mistyped_case_gets_no_hint(make_run: MakeRun, command: Callable[..., Result]) -> None:
    done = command("report", make_run((failed(), exchange())), "--chart", "modes/test_x.py::test_its")
    assert "do you mean modes/test_x.py::test_it?" in str(done.exception)
