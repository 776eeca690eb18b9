"""Traces are written whole, and read only if they are what they claim to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gen_tck.adapters import trace_events, traces
from gen_tck.adapters.traces import Header, TraceError, encode, pack, read, unpack

NODE = {"name": "it", "version": "1", "profiles": ["core"], "clock": "real", "homepage": "", "details": {}}
HEADER = Header(kit="0.1.0", case="modes/test_a.py::test_b", clauses=["modes/once-delivers-one-message"], node=NODE)
EVENTS: list[dict[str, Any]] = [
    {"at": 0.1, "do": "spawn", "process": 1, "pid": {"$h": 1, "kind": "pid"}, "name": "owner"},
    {"at": 0.2, "process": 1, "more": [{"$a": "hi"}]},
]
CASE = {"id": HEADER.case, "clauses": HEADER.clauses, "verdict": "pass"}


@pytest.fixture
def lines(tmp_path: Path) -> list[Any]:
    (tmp_path / "t.jsonl").write_bytes(encode(HEADER, EVENTS, CASE))
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
    path.write_bytes(encode(HEADER, EVENTS, CASE))
    found = read(path)
    assert (found.header, found.events, found.case, found.path) == (HEADER, EVENTS, CASE, path)


def test_word_that_no_file_can_hold_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    event = {"at": 0.1, "process": 1, "more": [{"$a": "\ud800"}]}
    path.write_bytes(encode(HEADER, [event], CASE | {"message": "\udcff"}))
    found = read(path)
    assert found.events[0]["more"] == [{"$a": r"\x{d800}"}]
    assert found.case is not None
    assert found.case["message"] == r"\x{dcff}"


@pytest.mark.parametrize("data", [b"", b"abc", b"x" * 63, b"x" * 64, b"x" * 70000, bytes(range(256))])
def test_data_change(data: bytes) -> None:
    assert unpack(json.loads(json.dumps(pack(data)))) == data


def test_long_run_is_long() -> None:
    assert pack(b"x" * 70000) == {"$r": [120, 70000]}


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
    ],
)
def test_edited_line_is_read(tmp_path: Path, lines: list[Any], changes: dict[str, Any], complaint: str) -> None:
    lines[1].update(changes)
    assert refusal_of(tmp_path, lines) == complaint


def test_line_of_unknown_kind_is_read(tmp_path: Path, lines: list[Any]) -> None:
    lines[2] = {"at": 0.2, "smelt": "gas"}
    assert refusal_of(tmp_path, lines) == "line 3: nothing is known of a line with 'at', 'smelt'"


def test_verdict_in_the_middle_is_read(tmp_path: Path, lines: list[Any]) -> None:
    assert refusal_of(tmp_path, [lines[0], lines[3], lines[3]]) == "line 2: the verdict is not the last line"


def test_impossible_run_is_unpacked(tmp_path: Path, lines: list[Any]) -> None:
    lines[2] = {"at": 0.2, "peer": 1, "data": {"$r": [120, 1 << 40]}}
    assert refusal_of(tmp_path, lines) == "line 3: [120, 1099511627776] is no run of bytes"


def test_written_schema_is_not_the_traces(checkout: Path) -> None:
    written = json.loads((checkout / "adapters" / "trace.schema.json").read_text(encoding="utf-8"))
    command = "python -m gen_tck.adapters.trace_events > adapters/trace.schema.json"
    assert written == trace_events.schema(), f"write it anew: {command}"


def test_page_leaves_a_kind_of_line_out() -> None:
    for kind in trace_events.SEEN:
        assert kind in (traces.__doc__ or "")
    for event in trace_events.AnyDone.__args__:
        assert f"``{event.__name__.lower()}``" in (traces.__doc__ or "")
