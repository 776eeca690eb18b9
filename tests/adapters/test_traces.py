"""Traces are written whole, and read only if they are what they claim to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from gen_tck.adapters.interface import OverLimit
from gen_tck.adapters.limits import Limits
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces import file as traces
from gen_tck.conformance.traces import lines as trace_lines
from gen_tck.conformance.traces.data import Run, pack, unpack
from gen_tck.conformance.traces.events import AnyDone, AnyEvent, AnySeen, Compared, DataSeen, NodeFailed
from gen_tck.conformance.traces.file import Header, NodeFacts, TraceError, encode, read
from gen_tck.conformance.traces.recorder import Recorder
from gen_tck.spec.terms import Atom, Pid

NODE: dict[str, Any] = {"name": "it", "version": "1", "profiles": ["core"], "clock": "real"}
CLAUSES = ["modes/once-delivers-one-message"]
HEADER = Header(kit="0.1.0", case="modes/test_a.py::test_b", clauses=CLAUSES, node=NodeFacts(**NODE))
EVENTS: list[AnyEvent] = [
    kinds.Spawn(at=0.1, process=1, pid=Pid(1), name="owner"),
    kinds.MoreSeen(at=0.2, process=1, more=(Atom("hi"),)),
]
CASE = {"id": HEADER.case, "clauses": HEADER.clauses, "verdict": "pass"}


def written(*events: AnyEvent, case: object = CASE) -> bytes:
    """A trace of these events."""
    return encode(HEADER, map(traces.written, events), case)


@pytest.fixture
def lines(tmp_path: Path) -> list[Any]:
    (tmp_path / "t.jsonl").write_bytes(written(*EVENTS))
    return [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]


def refusal(tmp_path: Path, text: str) -> str:
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    with pytest.raises(TraceError) as reason:
        read(path)
    assert path.read_text() == text
    return str(reason.value).removeprefix(f"{path}: ")


def refusal_of(tmp_path: Path, lines: list[Any]) -> str:
    return refusal(tmp_path, "".join(json.dumps(each) + "\n" for each in lines))


def test_trace_changes_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(written(*EVENTS))
    found = read(path)
    assert (found.header, found.events, found.case, found.path) == (HEADER, EVENTS, CASE, path)


def test_word_that_no_file_can_hold_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    event = Compared(at=0.1, expect="ok", seen="\ud800", where="", ok=True)
    path.write_bytes(written(event, case=CASE | {"message": "\udcff"}))
    found = read(path)
    assert found.events == [Compared(at=0.1, expect="ok", seen=r"\x{d800}", where="", ok=True)]
    assert found.case is not None
    assert found.case["message"] == r"\x{dcff}"


@pytest.mark.parametrize("data", [b"", b"abc", b"x" * 63, b"x" * 64, b"x" * 70000, bytes(range(256))])
def test_data_change(data: bytes) -> None:
    line = json.loads(traces.written(DataSeen(at=0.1, peer=1, data=pack(data))))
    event = trace_lines.decode(line)
    assert isinstance(event, DataSeen)
    assert unpack(event.data) == data


def test_long_run_is_long() -> None:
    assert pack(b"x" * 70000) == Run(120, 70000)
    assert traces.written(DataSeen(at=0.1, peer=1, data=Run(120, 70000))).endswith(b'"data":{"$r":[120,70000]}}')


def test_missing_trace_is_read(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"/none\.jsonl: cannot be read: no such file or directory$"):
        read(tmp_path / "none.jsonl")


@pytest.mark.parametrize("text", ["", "{}\n", "[]\n", "{\n", "\x00\xff", '{"format": 1, "cases": []}\n'])
def test_foreign_file_is_read(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text).startswith("line 1: this is no trace of the kit")


def test_newer_format_is_read(tmp_path: Path, lines: list[Any]) -> None:
    lines[0]["gen_tck_trace"] = 2
    assert refusal_of(tmp_path, lines) == "line 1: format 2; this kit reads format 1"


def test_truncated_trace_is_read(tmp_path: Path, lines: list[Any]) -> None:
    assert refusal_of(tmp_path, lines[:-1]) == ("line 3: the trace breaks off: its last line is not the verdict")
    assert refusal(tmp_path, json.dumps(lines[0]) + '\n{"at":0.1,"do":"sp') == "line 2: Input data was truncated"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"process": "one"}, "line 2: Expected `int`, got `str` - at `$.process`"),
        ({"do": "fly"}, "line 2: Invalid value 'fly' - at `$.do`"),
        ({"pid": {"$q": 1}}, "line 2: {'$q': 1} is not a term of the protocol: unknown tag '$q'"),
        ({"at": None}, "line 2: Expected `float`, got `null` - at `$.at`"),
        ({"process": 0}, "line 2: Expected `int` >= 1 - at `$.process`"),
        ({"name": "x" * 300}, "line 2: Expected `str` of length <= 255 - at `$.name`"),
    ],
)
def test_edited_line_is_read(tmp_path: Path, lines: list[Any], changes: dict[str, Any], complaint: str) -> None:
    lines[1].update(changes)
    assert refusal_of(tmp_path, lines) == complaint


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ({"call": 1, "raised": ["kill", 1]}, "Invalid enum value 'kill' - at `$.raised[0]`"),
        ({"call": 1, "raised": ["error, evil()", 1]}, "Invalid enum value 'error, evil()' - at `$.raised[0]`"),
        ({"do": "advance", "milliseconds": 10**12}, "Expected `int` <= 3600000 - at `$.milliseconds`"),
        ({"do": "take", "process": 1, "count": -1}, "Expected `int` >= 0 - at `$.count`"),
        ({"do": "listen", "listener": 1, "port": 65536, "receive_buffer": None}, "Expected `int` <= 65535"),
        ({"process": 1, "status": "asleep"}, "Invalid enum value 'asleep' - at `$.status`"),
    ],
)
def test_impossible_line_is_read(tmp_path: Path, lines: list[Any], line: dict[str, Any], complaint: str) -> None:
    lines[2] = {"at": 0.2, **line}
    assert refusal_of(tmp_path, lines).startswith(f"line 3: {complaint}")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"clauses": ["modes/A\n-export([evil/0])."]}, "Expected `str` matching regex"),
        ({"node": NODE | {"version": 1}}, "Expected `str`, got `int` - at `$.node.version`"),
        ({"node": NODE | {"details": {"backend": []}}}, "Expected `str`, got `array` - at `$.node.details[...]`"),
        ({"node": NODE | {"clock": "slow"}}, "Invalid enum value 'slow' - at `$.node.clock`"),
    ],
)
def test_edited_header_is_read(tmp_path: Path, lines: list[Any], changes: dict[str, Any], complaint: str) -> None:
    lines[0].update(changes)
    assert refusal_of(tmp_path, lines).startswith(f"line 1: this is no trace of the kit: {complaint}")


def test_bytes_that_are_no_text_are_read(tmp_path: Path, lines: list[Any]) -> None:
    path = tmp_path / "bad.jsonl"
    good = [json.dumps(each).encode() for each in lines]
    for number in (0, 1):
        path.write_bytes(b"\n".join([*good[:number], b'{"a":"\xed\xa0\x80"}', *good[number + 1 :]]))
        with pytest.raises(TraceError, match=f"line {number + 1}: "):
            read(path)


def test_line_of_unknown_kind_is_read(tmp_path: Path, lines: list[Any]) -> None:
    lines[2] = {"at": 0.2, "smelt": "gas"}
    assert refusal_of(tmp_path, lines) == "line 3: nothing is known of a line with 'at', 'smelt'"


def test_verdict_in_the_middle_is_read(tmp_path: Path, lines: list[Any]) -> None:
    assert refusal_of(tmp_path, [lines[0], lines[3], lines[3]]) == "line 2: the verdict is not the last line"


def test_impossible_run_is_unpacked(tmp_path: Path, lines: list[Any]) -> None:
    lines[2] = {"at": 0.2, "peer": 1, "data": {"$r": [120, 1 << 40]}}
    assert refusal_of(tmp_path, lines) == "line 3: runs of over 67108864 bytes so far (limit repeats)"
    lines[2] = {"at": 0.2, "peer": 1, "data": {"$r": [256, 1]}}
    assert refusal_of(tmp_path, lines) == "line 3: [256, 1] is no run of bytes"


@pytest.mark.parametrize("at", [0, 2, 3])
def test_deep_line_is_a_traceback(tmp_path: Path, lines: list[Any], at: int) -> None:
    texts = [json.dumps(each) for each in lines]
    texts[at] = texts[at][:-1] + ',"more":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert refusal(tmp_path, "\n".join(texts)).endswith("nested deeper than 100 levels (limit nesting)")


def test_big_line_is_taken(tmp_path: Path, lines: list[Any]) -> None:
    lines[2] = {"at": 0.2, "process": 1, "more": [1] * 1_000_000}
    assert refusal_of(tmp_path, lines) == "line 3: over 1000000 values (limit message)"


def test_runs_are_counted_one_by_one(tmp_path: Path, lines: list[Any]) -> None:
    lines[2:3] = [{"at": 0.2, "peer": 1, "data": {"$r": [120, 1 << 22]}}] * 17
    assert refusal_of(tmp_path, lines) == "line 19: runs of over 67108864 bytes so far (limit repeats)"


def test_big_file_is_read(tmp_path: Path, lines: list[Any]) -> None:
    path = tmp_path / "big.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in [lines[0], *[lines[2]] * 40_000, lines[3]]))
    assert len(read(path).events) == 40_000
    with pytest.raises(TraceError, match=r"big\.jsonl: it has over 100000 bytes \(limit trace\)$"):
        read(path, Limits(trace=100_000))
    with path.open("wb") as file:
        file.truncate(1 << 40)  # nothing of that is on the disk
    with pytest.raises(TraceError, match=r"big\.jsonl: cannot be read: it has more than \d+ bytes"):
        read(path)


@pytest.mark.parametrize(
    "changes", [{"details": 5}, {"profiles": None}, {"name": ["x"]}, {"clock": "sundial"}, {"calls": {"a": 1}}]
)
def test_node_that_cannot_be_is_believed(tmp_path: Path, lines: list[Any], changes: dict[str, Any]) -> None:
    lines[0]["node"].update(changes)
    assert refusal_of(tmp_path, lines).startswith("line 1: this is no trace of the kit: ")


def test_verdict_that_is_none_is_read(tmp_path: Path, lines: list[Any]) -> None:
    lines[3] = {"case": 5}
    assert refusal_of(tmp_path, lines) == "line 4: the verdict is no object"


# Recording


class Chatty(SimulatedNode):
    """Its network has a peer that never stops."""

    def __init__(self, said: bytes) -> None:
        super().__init__()
        self._said = said

    @property
    def network(self) -> Any:
        return self

    def connect(self, port: int, *, receive_buffer: int | None = None) -> Any:
        return self

    def poll(self, most: int = 65536) -> bytes:
        return self._said


def read_on(said: bytes, limits: Limits) -> Recorder:
    """Record a peer of which is read until that is too much."""
    recorder = Recorder(Chatty(said), limits)
    peer = recorder.network.connect(1)
    with pytest.raises(OverLimit) as error:
        all(iter(peer.poll, None))
    recorder.failed(error.value)
    return recorder


def failure(recorder: Recorder) -> str:
    """The last line: how the node failed."""
    last = recorder.events[-1]
    assert isinstance(last, NodeFailed)
    return last.node_failed


def test_trace_grows_without_end(tmp_path: Path) -> None:
    limits = Limits(trace=10_000)
    recorder = read_on(b"abc" * 100, limits)
    assert failure(recorder) == "the trace of this case has over 10000 bytes (--limit trace=N allows more)"
    (tmp_path / "t.jsonl").write_bytes(encode(HEADER, recorder.lines, CASE))
    assert len((tmp_path / "t.jsonl").read_bytes()) < 11_000
    assert len(read(tmp_path / "t.jsonl", limits).events) == len(recorder.events)


def test_runs_grow_without_end(tmp_path: Path) -> None:
    limits = Limits(repeats=10_000)
    recorder = read_on(b"a" * 1000, limits)
    assert failure(recorder).endswith("have over 10000 bytes (--limit repeats=N allows more)")
    (tmp_path / "t.jsonl").write_bytes(encode(HEADER, recorder.lines, CASE))
    assert len(read(tmp_path / "t.jsonl", limits).events) == len(recorder.events)


def test_written_schema_is_not_the_traces(checkout: Path) -> None:
    written = json.loads((checkout / "conformance" / "traces" / "trace.schema.json").read_text(encoding="utf-8"))
    command = "python -m gen_tck.conformance.traces.lines > conformance/traces/trace.schema.json"
    assert written == trace_lines.schema(), f"write it anew: {command}"


def test_page_leaves_a_kind_of_line_out() -> None:
    for kind in (*trace_lines.SEEN, "looked"):
        assert kind in (kinds.__doc__ or "")
    for do in trace_lines.DONE:
        assert f"``{do}``" in (kinds.__doc__ or "")


# Kinds

LINES = """
{"at":0.1,"do":"spawn","process":1,"pid":{"$h":1,"kind":"pid"},"name":"owner"}
{"at":0.1,"do":"call","call":1,"process":1,"module":"inet","function":"port","args":[{"$h":2,"kind":"port"},0]}
{"at":0.1,"do":"take","process":1,"count":2}
{"at":0.1,"do":"exit","process":1,"reason":{"$a":"kill"}}
{"at":0.1,"do":"settle"}
{"at":0.1,"do":"advance","milliseconds":20}
{"at":0.1,"do":"wait"}
{"at":0.1,"do":"step","step":"peer: fin"}
{"at":0.1,"do":"listen","listener":1,"port":5000,"receive_buffer":null}
{"at":0.1,"do":"accept","listener":1,"peer":1}
{"at":0.1,"do":"dial","port":5000,"peer":1,"receive_buffer":4096}
{"at":0.1,"do":"dial","port":5000,"refused":"econnrefused"}
{"at":0.1,"do":"offer","peer":1,"data":{"$r":[97,100]}}
{"at":0.1,"do":"offer","peer":1,"failed":"reset"}
{"at":0.1,"do":"finish","peer":1}
{"at":0.1,"do":"close","peer":1}
{"at":0.1,"do":"reset","peer":1}
{"at":0.1,"do":"vanish","peer":1,"lost":null}
{"at":0.1,"do":"vanish","peer":1,"lost":"eacces"}
{"at":0.2,"call":1,"returned":{"$t":[{"$a":"ok"},{"$b":"aGk="}]}}
{"at":0.2,"call":1,"raised":["error",{"$a":"badarg"}]}
{"at":0.2,"call":1,"ended":{"$a":"killed"}}
{"at":0.2,"process":1,"mailbox":[{"$a":"a"},[1,2.5]]}
{"at":0.2,"process":1,"more":[{"$m":[[{"$a":"a"},1]]}]}
{"at":0.2,"process":1,"status":"suspended"}
{"at":0.2,"peer":1,"data":{"$b":"aGk="}}
{"at":0.2,"peer":1,"end":"fin"}
{"at":0.2,"peer":1,"delivered":true}
{"at":0.2,"waited":true}
{"at":0.2,"waited":false,"seconds":0.5,"restless":true,"cut_short":true}
{"at":0.2,"rest":false}
{"at":0.2,"census":{"processes":1,"sockets":0}}
{"at":0.2,"expect":"ok","seen":"ok","where":"by owner","ok":true}
{"at":0.2,"expect":"ok","seen":"no","where":"by owner","ok":false,"looked":{}}
{"at":0.2,"expect":"ok","seen":"no","where":"there","ok":false,"looked":{"mailbox":"owner"}}
{"at":0.2,"expect":"ok","seen":"no","where":"there","ok":false,"looked":{"open":true}}
{"at":0.3,"node_failed":"it died","kind":"died"}
""".strip().splitlines()
"""What no kit may write otherwise: traces are kept."""


@pytest.mark.parametrize("line", LINES)
def test_line_is_written_otherwise(line: str) -> None:
    assert traces.written(trace_lines.decode(json.loads(line))).decode() == line


def test_line_of_a_kind_is_not_tried() -> None:
    """One fact of a process stands for all."""

    def stands_for(kind: type[AnyEvent]) -> type[msgspec.Struct]:
        return kinds.FactSeen if issubclass(kind, kinds.FactSeen) else kind

    tried = {type(trace_lines.decode(json.loads(line))) for line in LINES}
    assert set(map(stands_for, tried)) == set(map(stands_for, get_args(AnyEvent)))


def test_kind_is_never_read() -> None:
    results = [each for found in trace_lines.RESULTS.values() for each in found.values()]
    assert {*trace_lines.DONE.values(), *results} == set(get_args(AnyDone))
    assert set(trace_lines.SEEN.values()) == set(get_args(AnySeen))


@pytest.mark.parametrize(
    "fields", [{"do": "dial", "port": 1}, {"do": "dial", "port": 1, "peer": 1, "refused": "it"}, {"do": "offer"}]
)
def test_result_is_none_or_two(tmp_path: Path, lines: list[Any], fields: dict[str, Any]) -> None:
    lines[2] = {"at": 0.2, **fields}
    names = " and ".join(trace_lines.RESULTS[fields["do"]])
    assert refusal_of(tmp_path, lines) == f"line 3: such a line has one of {names}"
