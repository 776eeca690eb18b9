"""Everything in the kit that makes something of what comes from outside, as functions of bytes.

Each raises what it declares, or nothing, whatever the bytes are. Words from outside may be in the reason, as they are:
they are made printable where they are shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from gen_tck.adapters import manifest, wire
from gen_tck.adapters.bounded import TooMuch
from gen_tck.adapters.interface import NodeUnavailable
from gen_tck.adapters.json_terms import WireError, from_json, to_json
from gen_tck.conformance.explorer.findings import known as known
from gen_tck.conformance.explorer.script.text import ScriptTextError, parse
from gen_tck.conformance.results import deviations
from gen_tck.conformance.results import file as results
from gen_tck.conformance.traces import file as traces
from gen_tck.spec import clauses, term_text
from gen_tck.spec.terms import show
from tests.hostile import samples


@dataclass(frozen=True)
class Decoder:
    """One way in."""

    decode: Callable[[bytes], object]
    errors: type[Exception] | tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]
    """What it takes: the bytes that are changed."""

    def survives(self, data: bytes) -> bool:
        """Whether it takes ``data``; raises what it must not raise."""
        try:
            self.decode(data)
        except self.errors:
            return False
        return True


# Off the wire

_BAD_LINE = (WireError, TooMuch)


def _answer(data: bytes) -> None:
    for minor in (0, 1, 2):
        answer = wire.read_answer(data, minor=minor)
        wire.describe(answer)


def _term(data: bytes) -> None:
    answer = wire.read_answer(b'{"id":1,"returned":%s}' % data.replace(b"\n", b" "))
    if answer.returned is not msgspec.UNSET:
        term = from_json(answer.returned)
        show(term)
        assert from_json(to_json(term)) == term or "NaN" in repr(term)
        hash(term)


# Text


def _term_text(data: bytes) -> None:
    show(term_text.read_all(data.decode(errors="replace")))


def _script(data: bytes) -> None:
    script = parse(data.decode(errors="replace"))
    assert parse(str(script)) == script


# Files

_MEMORY = Path("/dev/shm")
"""Where files take no disk, on Linux."""
_FOLDER = TemporaryDirectory(prefix="gen-tck-hostile-", dir=_MEMORY if _MEMORY.is_dir() else None)
_CLAUSES = clauses.load()


def _in_a_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    path = Path(_FOLDER.name, name)

    def decode(data: bytes) -> object:
        path.write_bytes(data)
        return read(path)

    return decode


_HEADER, *_BETWEEN, _VERDICT = samples.trace().splitlines()


def _event(data: bytes) -> None:
    _trace(b"\n".join([_HEADER, data.replace(b"\n", b" "), _VERDICT]))


_trace = _in_a_file("t.jsonl", traces.read)

TERMS = (
    b"1",
    b"-1.5",
    b'{"$f":"-1.5e-3"}',
    b'{"$a":"ok"}',
    b'{"$b":"aGVsbG8="}',
    b'{"$t":[{"$a":"ok"},[1,2,3],{"$t":[]}]}',
    b'{"$i":[[1,{"$a":"a"}],2]}',
    b'{"$m":[[{"$a":"key"},1],[[],{"$t":[]}]]}',
    b'{"$h":7,"kind":"pid"}',
    b'[{"$h":8,"kind":"port"},{"$h":9,"kind":"ref"}]',
)
EVENTS = (
    b'{"at":0.1,"do":"spawn","process":1,"pid":{"$h":1,"kind":"pid"},"name":"owner"}',
    b'{"at":0.1,"do":"call","call":1,"process":1,"module":"gen_tcp","function":"recv","args":[{"$h":2,"kind":"port"},0]}',
    b'{"at":0.1,"do":"offer","peer":1,"data":{"$r":[97,100]}}',
    b'{"at":0.1,"do":"listen","listener":1,"port":5000,"receive_buffer":null}',
    b'{"at":0.1,"do":"dial","port":5000,"refused":"econnrefused"}',
    b'{"at":0.2,"call":1,"raised":["error",{"$a":"badarg"}]}',
    b'{"at":0.2,"call":1,"returned":{"$t":[{"$a":"ok"},{"$b":"aGk="}]}}',
    b'{"at":0.2,"process":1,"mailbox":[{"$a":"a"}]}',
    b'{"at":0.2,"process":1,"status":"waiting"}',
    b'{"at":0.2,"waited":false,"seconds":0.5,"restless":true}',
    b'{"at":0.2,"expect":"ok","seen":"{error,closed}","where":"by owner","ok":false}',
    b'{"at":0.3,"node_failed":"it died","kind":"died"}',
)
HELLOS = (
    b'{"gen_tck":1,"token":"5f","name":"otp","version":"25","profiles":["core"],"clock":"real","homepage":"",'
    b'"calls":["gen_tcp.recv/2"],"details":{"release":"25"}}',
    b'{"gen_tck":1,"minor":1,"token":"5f","name":"otp","version":"25","profiles":["core"],'
    b'"helpers":["erlang:link/1"],"capabilities":{"settle":"echo","mailbox":"drain","plays-scripts":true}}',
)
ANSWERS = (
    b'{"id":1,"pid":{"$h":1,"kind":"pid"}}',
    b'{"id":2,"returned":{"$a":"ok"}}',
    b'{"id":3,"raised":["error",{"$a":"badarg"}]}',
    b'{"id":4,"ended":{"$a":"normal"}}',
    b'{"id":5,"messages":[{"$a":"x"},1]}',
    b'{"id":6,"status":"waiting"}',
    b'{"id":7,"ok":true,"rest":false}',
    b'{"id":8,"failed":"why"}',
    b'{"event":"log","words":["a"]}',
)
TEXTS = (
    b'{ok, [1, -2, \'A b\', "text\\n", <<"bin">>, <<1,2,255>>]}',
    b"[{active, once}, {packet, 4} | []]",
    b"#{a => 1.5e3, {b} => #Pid<1>}",
)

DECODERS: dict[str, Decoder] = {
    "answer": Decoder(_answer, _BAD_LINE, ANSWERS),
    "hello": Decoder(wire.read_hello, _BAD_LINE, HELLOS),
    "term": Decoder(_term, _BAD_LINE, TERMS),
    "term-text": Decoder(_term_text, term_text.NoTermError, TEXTS),
    "script": Decoder(_script, ScriptTextError, (samples.SCRIPT,)),
    "trace-line": Decoder(_event, traces.TraceError, (*EVENTS, *_BETWEEN)),
    "trace": Decoder(_trace, traces.TraceError, (samples.trace(),)),
    "results": Decoder(_in_a_file("r.json", results.read), results.ResultsError, (samples.results(),)),
    "deviations": Decoder(
        _in_a_file("d.toml", lambda path: deviations.load(path, _CLAUSES, ["test_second_close_fails"])),
        deviations.DeviationsError,
        (samples.DEVIATIONS,),
    ),
    "known": Decoder(
        _in_a_file("s.toml", lambda path: known.load(path, "25", _CLAUSES)),
        known.KnownDifferencesError,
        (samples.KNOWN,),
    ),
    "manifest": Decoder(_in_a_file("node.toml", manifest.read), NodeUnavailable, (samples.MANIFEST,)),
}
"""By name."""

JSON = ("answer", "hello", "term", "trace-line", "results")
"""Those that read JSON."""
