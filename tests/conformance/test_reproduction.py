"""A reproduction is the module that was meant, whatever stands in the trace that it is made from."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gen_tck.adapters.json_terms import to_json
from gen_tck.conformance.commands.cli import gen_tck
from gen_tck.conformance.results.verdicts import VERDICTS
from gen_tck.conformance.traces import file as traces
from gen_tck.conformance.traces.data import pack
from gen_tck.conformance.traces.erlang_export import EXPORTS, erlang_module, reproduction
from gen_tck.conformance.traces.erlang_source import (
    Call,
    Comment,
    Expression,
    Module,
    Text,
    expression,
    module_name,
    source,
)
from gen_tck.conformance.traces.events import Accept, AnyEvent, Compared, DataSeen, EndSeen, Offer, Spawn
from gen_tck.conformance.traces.fields import Looked
from gen_tck.conformance.traces.file import Header, NodeFacts, Trace
from gen_tck.conformance.traces.lines import encode, line_of
from gen_tck.spec.printable import printable
from gen_tck.spec.term_text import read_all
from gen_tck.spec.terms import Atom, Improper, List, Map, Pid, Port, Reference, Term, string, term
from tests.external import decoded
from tests.spec.terms import CHARACTERS, LEAVES, NAMES, TERMS

T = TypeVar("T")
EVIL = st.one_of(
    NAMES,
    st.text(CHARACTERS, max_size=30),
    st.sampled_from(
        [
            '").\nsteps() -> os:cmd("id").\n%% ',
            "\n-export([evil/0]).\nevil() -> os:cmd(id).\n",
            "\r\x0b\x0c\x85\u2028\u2029-export([evil/0]).",
            "coding: latin-1",
            "%% -*- coding: nonsense -*-",
            "\x1b]0;title\x07\x9b2J\u202e\u2066",
            "?MODULE ~p ~s ~n \\x{d800} \\",
            "'), os:cmd(\"id\"), ('",
            "x" * 5000,
        ]
    ),
)
"""Words that would like to be something else."""
NODE = NodeFacts(name="it", version="1", profiles=["core"])
short = settings(max_examples=100, derandomize=True, deadline=None, database=None)


@short
@given(TERMS)
def test_term_is_printed_as_another(value: Term) -> None:
    found = read_all(expression(value))
    assert found == value
    assert repr(found) == repr(value)


@short
@given(EVIL)
def test_text_leaves_its_place(text: str) -> None:
    printed = expression(Text(text))
    assert printed.isascii()
    assert read_all(printed) == List([ord(each) for each in printable(text)])


@short
@given(EVIL)
def test_comment_goes_on_in_another_line(text: str) -> None:
    printed = source(Module("m", [Comment(text)], [], [])).splitlines()
    assert [line[:2] for line in printed] == ["%%", "%%", "-m", "-e"]
    assert printed[0] == "%% coding: utf-8"
    assert "\n".join(printed).isprintable() or "\n" in "\n".join(printed)


@short
@given(EVIL)
def test_name_of_a_module_is_not_one_of_a_file(text: str) -> None:
    name = module_name("repro", text)
    assert name.replace("_", "a").isalnum()
    assert name.isascii()
    assert name == name.lower()
    assert 5 <= len(name) <= 100


@pytest.mark.parametrize(
    "value",
    [
        Pid(1),
        (Port(1),),
        List([Reference(1)]),
        Map({Atom("a"): Pid(1)}),
        float("inf"),
        float("nan"),
        "text",
        None,
        True,
    ],
    ids=str,
)
def test_what_has_no_source_is_printed(value: Expression) -> None:
    with pytest.raises(ValueError, match="has no source"):
        expression(value)


# Whole traces

HANDLES = st.one_of(st.integers(1, 5).map(Pid), st.integers(1, 5).map(Port), st.integers(1, 5).map(Reference))
LOOKALIKES = st.sampled_from(
    [term(("$h", "pid", 1)), term(("$port", 4711)), term(("$quoted", ("$h", 1))), term(["$h"])]
)
LONG = st.sampled_from([b"ab" * 100, b"x" * 1000 + b"y", bytes(65), b"abc" * 50 + b"ab"])


def _containers(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    several = st.lists(inner, max_size=3)
    improper = st.tuples(
        st.lists(inner, min_size=1, max_size=2), LEAVES.filter(lambda each: not isinstance(each, List))
    )
    return st.one_of(
        several.map(List),
        several.map(tuple),
        improper.map(lambda both: Improper(tuple(both[0]), both[1])),
        st.dictionaries(NAMES.map(Atom), inner, max_size=2).map(Map),
    )


ANY: st.SearchStrategy[Term] = st.recursive(st.one_of(LEAVES, HANDLES, LOOKALIKES, LONG), _containers, max_leaves=6)
JSON = ANY.map(to_json)
SOCKET = to_json(Port(2))
CALLS: st.SearchStrategy[tuple[str, str, Sequence[Any]]] = st.one_of(
    st.tuples(st.just("gen_tcp"), st.just("send"), st.tuples(st.just(SOCKET), JSON)),
    st.tuples(st.just("gen_tcp"), st.just("recv"), st.tuples(st.just(SOCKET), JSON, JSON)),
    st.tuples(st.just("inet"), st.just("port"), st.just((SOCKET,))),
    st.tuples(st.just("inet"), st.just("setopts"), ANY.map(lambda each: (SOCKET, to_json(term([("active", each)]))))),
    st.tuples(st.just("erlang"), st.just("send"), st.tuples(HANDLES.map(to_json), JSON)),
    st.tuples(st.just("erlang"), st.just("exit"), st.tuples(JSON)),
    st.tuples(st.just("gen_tcp"), st.just("connect"), st.just((to_json((127, 0, 0, 1)), 4711, []))),
)
OUTCOMES = st.one_of(
    st.builds(lambda value: {"returned": value}, JSON),
    st.builds(lambda kind, value: {"raised": [kind, value]}, st.sampled_from(["error", "exit", "throw"]), JSON),
    st.builds(lambda value: {"ended": value}, JSON),
)
SEEN: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda found: {"process": 1, "mailbox": found}, st.lists(JSON, max_size=2)),
    st.builds(lambda found: {"process": 1, "more": found}, st.lists(JSON, max_size=2)),
    st.builds(lambda reason: {"do": "exit", "process": 1, "reason": reason}, JSON),
    st.builds(lambda data: line_of(Offer(at=0.5, peer=1, data=pack(data))), st.one_of(LONG, st.binary())),
    st.builds(lambda data: line_of(DataSeen(at=0.5, peer=1, data=pack(data))), st.one_of(LONG, st.binary())),
    st.builds(lambda text: {"expect": text, "seen": text, "where": text, "ok": False}, EVIL),
    st.sampled_from([{"do": "settle"}, {"do": "step", "step": "\n-export([a/0])."}, {"process": 1, "status": "ended"}]),
)


@st.composite
def events(draw: st.DrawFn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"do": "spawn", "process": 1, "pid": to_json(Pid(1)), "name": draw(EVIL)[:255]},
        {"do": "listen", "listener": 1, "port": 4711, "receive_buffer": None},
        {"do": "accept", "listener": 1, "peer": 1},
    ]
    for number, (module, function, args) in enumerate(draw(st.lists(CALLS, max_size=3)), 1):
        call = {"do": "call", "call": number, "process": 1, "module": module, "function": function, "args": list(args)}
        found += [call, {"call": number, **draw(OUTCOMES)}]
    return [{"at": 0.5, **each} for each in (*found, *draw(st.lists(SEEN, max_size=4)))]


@st.composite
def recordings(draw: st.DrawFn) -> tuple[Header, list[dict[str, Any]], dict[str, Any]]:
    case = draw(EVIL)
    header = Header(
        kit=draw(EVIL),
        case=draw(st.sampled_from(["", "modes/test_a.py::"])) + case,
        clauses=["modes/a-clause"],
        node=NodeFacts(
            name=draw(EVIL),
            version=draw(EVIL),
            details={"backend": draw(st.sampled_from(["socket", "x"]))},
        ),
    )
    said = {"expected": draw(EVIL), "seen": draw(EVIL), "where": draw(EVIL), "message": draw(EVIL)}
    verdict = draw(st.sampled_from(VERDICTS))
    return header, draw(events()), {"id": header.case, "clauses": header.clauses, "verdict": verdict, **said}


def _drawn(strategy: st.SearchStrategy[T], count: int) -> list[T]:
    """Some of what ``strategy`` draws, the same each time: a VM is started once for all of them."""
    found: list[T] = []
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]

    @settings(max_examples=count, derandomize=True, deadline=None, database=None, suppress_health_check=slow)
    @given(strategy)
    def keep(value: T) -> None:
        found.append(value)

    keep()
    return found


def _read(folder: Path, number: int, recording: tuple[Header, list[dict[str, Any]], dict[str, Any]]) -> Trace:
    path = folder / f"{number}.jsonl"
    header, events_, case = recording
    path.write_bytes(traces.encode(header, map(encode, events_), case))
    return traces.read(path)


# What a test looked at


def _steps(tmp_path: Path, failed: Compared, *more: AnyEvent, where: str = "", script: str | None = None) -> list[Term]:
    """The steps of a case in which this comparison failed."""
    header = Header(kit="0", case="modes/test_a.py::test_b", clauses=["modes/a-clause"], node=NODE)
    header.script = header.script if script is None else script
    events = [Spawn(at=0, process=1, pid=Pid(1), name="owner"), Accept(at=0, listener=1, peer=1), *more, failed]
    case = {"id": header.case, "clauses": header.clauses, "verdict": "fail", "where": where}
    path = tmp_path / "t.jsonl"
    path.write_bytes(traces.encode(header, map(traces.written, events), case))
    steps = reproduction(traces.read(path), {}).functions[-1].body
    assert isinstance(steps, List)
    return list(steps)


NO_MORE, PEER_OPEN = term(("no_more", 1, [])), term(("peer_open", 1))
LOOKED = [
    (Looked(), set()),
    (Looked(mailbox="owner"), {NO_MORE}),
    (Looked(mailbox="other"), set()),
    (Looked(open=True), {PEER_OPEN}),
]


@pytest.mark.parametrize(("looked", "absences"), LOOKED)
def test_words_of_a_failure_decide_what_is_checked(looked: Looked, absences: set[Term], tmp_path: Path) -> None:
    for where, seen in (("messages to owner", "{tcp}"), ("the peer", "an open connection"), ("", "")):
        failed = Compared(at=0, expect="no message", seen=seen, where=where, ok=False, looked=looked)
        assert absences == {NO_MORE, PEER_OPEN}.intersection(_steps(tmp_path, failed))


EARLIER = [
    ("messages to owner", "no message", {NO_MORE}),
    ("left over at owner", "{tcp_closed,#Port<2>}", {NO_MORE}),
    ("messages to other", "no message", set()),
    ("peer", "an open connection without data", {PEER_OPEN}),
    ("bytes at the peer", "an open connection without data; the node kept running", {PEER_OPEN}),
    ("peer", '<<"a">> and the connection is open', set()),
    ("gen_tcp:recv", "{error,closed}", set()),
]


@pytest.mark.parametrize(("where", "seen", "absences"), EARLIER)
def test_trace_of_an_earlier_kit_is_checked_less(where: str, seen: str, absences: set[Term], tmp_path: Path) -> None:
    failed = Compared(at=0, expect="it", seen=seen, where=where, ok=False)
    assert absences == {NO_MORE, PEER_OPEN}.intersection(_steps(tmp_path, failed))


@pytest.mark.parametrize("end", [None, "fin"])
def test_open_peer_of_a_script_is_not_looked_for(end: Literal["fin"] | None, tmp_path: Path) -> None:
    more = [] if end is None else [EndSeen(at=0, peer=1, end=end)]
    failed = Compared(at=0, expect="fin", seen="open", where="peer: fin", ok=False)
    words = "peer: fin: the peer sees open, not fin"
    earlier = _steps(tmp_path, failed, *more, where=words, script="it")
    failed.looked = Looked(open=True)
    assert _steps(tmp_path, failed, *more, script="it") == earlier
    assert (PEER_OPEN in earlier) == (end is None)


# Calls

FOREIGN = [
    ("os", "cmd", [string("id")], "os:cmd/1 is no call of the catalogue, spec/calls.py"),
    ("gen_tck_agent", "load", ["m", b""], "gen_tck_agent:load/2 is no call of the catalogue, spec/calls.py"),
    (
        "erlang",
        "open_port",
        [("spawn", string("id")), ["binary"]],
        "erlang:open_port/2 is out of scope: ports that are no sockets",
    ),
    ("erlang", "send", ["init", ("stop", "stop")], "erlang:send/2, argument 1: init is no name of the file's own"),
    ("gen_tcp", "listen", [0, []], "gen_tcp:listen/2, argument 2: options without {ip,{127,0,0,1}}"),
    ("f(), os", 'cmd("id"), g', [], "'f(), os':'cmd(\"id\"), g'/0 is no call of the catalogue"),
]


@pytest.mark.parametrize(("module", "function", "args", "complaint"), FOREIGN, ids=range(len(FOREIGN)))
@pytest.mark.parametrize("how", [["--as", "erlang"], ["--node", "otp", "--erl", "no-such-erl"]], ids=["erlang", "node"])
def test_trace_has_something_else_called(
    how: list[str], module: str, function: str, args: list[object], complaint: str, tmp_path: Path
) -> None:
    call = {"call": 1, "process": 1, "module": module, "function": function, "args": list(map(to_json, term(args)))}
    header = Header(kit="0", case="modes/test_a.py::test_b", clauses=["modes/a-clause"], node=NODE)
    events = [{"at": 0.0, "do": "spawn", "process": 1, "pid": to_json(Pid(1)), "name": "owner"}]
    events.append({"at": 0.0, "do": "call", **call})
    path = tmp_path / "t.jsonl"
    path.write_bytes(
        traces.encode(header, map(encode, events), {"id": header.case, "clauses": header.clauses, "verdict": "pass"})
    )
    done = CliRunner().invoke(gen_tck, ["replay", str(path), *how])
    assert done.exit_code == 1  # click's own, of which the command makes 2
    assert done.output.startswith(f"Error: {path}: line 3: {complaint}")
    assert done.output.count("\n") == 1


def test_verdict_leaves_its_place(tmp_path: Path) -> None:
    header = Header(kit="0", case="modes/test_a.py::test_b", clauses=["modes/a-clause"], node=NODE)
    case = {"id": header.case, "clauses": header.clauses, "verdict": "pass.\n-export([evil/0])"}
    (tmp_path / "t.jsonl").write_bytes(traces.encode(header, [], case))
    done = CliRunner().invoke(gen_tck, ["replay", str(tmp_path / "t.jsonl"), "--as", "erlang"])
    assert done.output.startswith(f"Error: {tmp_path}/t.jsonl: line 2: this is no verdict: Invalid enum value")


# What a compiler makes of each file: what it exports, its functions, the values of those without arguments that differ,
# and a digest of all the others. Any call of the steps but those that make long data ends in an error.
COMPILER = """#!/usr/bin/env escript
-mode(compile).

main([First | _] = Files) ->
    {ok, _, _, []} = compile:file(First, [binary, return]), % the others differ in what is said of them here
    [io:format("~s~n", [base64:encode(term_to_binary(read(File)))]) || File <- Files].

read(File) ->
    {ok, Forms} = epp:parse_file(File, []),
    {ok, []} = erl_lint:module(Forms, File),
    [] = [Form || Form <- Forms, not lists:member(element(1, Form), [attribute, function, eof])],
    [{file, _}, {module, Module}, {export, Exports}] = [{Name, Value} || {attribute, _, Name, Value} <- Forms],
    Own = [about, backend_options, streams, steps],
    Values = [{Name, value(Body)}
              || {function, _, Name, 0, [{clause, _, [], [], Body}]} <- Forms, lists:member(Name, Own)],
    Rest = [unnamed(Module, erl_parse:map_anno(fun(_) -> 0 end, Form))
            || {function, _, Name, _, _} = Form <- Forms, not lists:member(Name, Own)],
    {Module, lists:sort(Exports), Values, erlang:md5(term_to_binary(Rest))}.

unnamed(Module, Module) -> 'MODULE';
unnamed(Module, Form) when is_tuple(Form) -> list_to_tuple(unnamed(Module, tuple_to_list(Form)));
unnamed(Module, [Form | Forms]) -> [unnamed(Module, Form) | unnamed(Module, Forms)];
unnamed(_, Form) -> Form.

value(Body) ->
    Data = fun({binary, Function}, Args) when Function =:= copy; Function =:= part -> apply(binary, Function, Args);
              ({erlang, '-'}, [Number]) when is_number(Number) -> -Number
           end,
    {value, Value, _} = erl_eval:exprs(Body, [], none, {value, Data}),
    Value.
"""


@pytest.mark.vm
@pytest.mark.usefixtures("erl")
def test_module_does_what_is_not_in_its_trace(tmp_path: Path) -> None:
    recordings_ = _drawn(recordings(), 60)
    wanted, files = [], []
    for number, recording in enumerate(recordings_):
        trace = _read(tmp_path, number, recording)
        wanted.append(reproduction(trace, {"modes/a-clause": "A sentence.\n-export([a/0])."}))
        files.append(tmp_path / f"{number}.erl")
        files[-1].write_text(erlang_module(trace, {}), encoding="utf-8")
    (tmp_path / "compiler").write_text(COMPILER)
    command: list[str | Path] = ["escript", tmp_path / "compiler", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == len(wanted)
    digests = set()
    for module, line in zip(wanted, lines, strict=True):
        name, exports, values, digest = decoded(base64.b64decode(line))
        digests.add(digest)
        assert name == Atom(module.name)
        assert exports == List([(Atom(function), arity) for function, arity in EXPORTS])
        assert values == List([(Atom(each.name), _value(each.body)) for each in module.functions])
    assert len(digests) == 1


def _value(body: Expression) -> Term:
    """What an expression of a module evaluates to."""
    if isinstance(body, Text):
        return List([ord(each) for each in printable(body.text)])
    if isinstance(body, Call):
        data, *rest = (_value(each) for each in body.args)
        return data * rest[0] if body.function == "copy" else data[rest[0] : rest[0] + rest[1]]
    if isinstance(body, (List, tuple)):
        return type(body)([_value(each) for each in body])
    if isinstance(body, Improper):
        return Improper(tuple([_value(each) for each in body.heads]), _value(body.tail))
    if isinstance(body, Map):
        return Map({_value(key): _value(each) for key, each in body.pairs.items()})
    return body
