"""What tests ask of a node, and what it answers: seen in the traces of a run on the reference.

The reference is certified whenever the site is built, which takes seconds; so nobody types what follows by hand, and a
reference that does not conform makes no site.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import gen_tck
from gen_tck.conformance.run.collection import profile_of
from gen_tck.conformance.traces import events as kinds
from gen_tck.conformance.traces.events import AnyEvent
from gen_tck.conformance.traces.file import Trace, read
from gen_tck.spec.calls import CALLS
from gen_tck.spec.profiles import PROFILES
from gen_tck.spec.terms import Atom, Improper, List, Map, Pid, Port, Reference, Term, show
from site_of_gen_tck import kit

_SEND = ("erlang.send/2", "erlang.send/3")


@dataclass
class Use:
    """What the cases of a profile do and see, all in all."""

    cases: int = 0
    examples: dict[str, str] = field(default_factory=dict)
    """A call of each function as some case makes it, by ``module.name/arity``."""
    answers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """What a function answers: its name and the shape of the answer, with the clauses in whose cases it does."""
    messages: dict[str, list[str]] = field(default_factory=dict)
    """The shapes of the messages that are seen, likewise."""
    signals: dict[str, None] = field(default_factory=dict)
    """The exit signals that come from outside, by request."""
    timeouts: set[int] = field(default_factory=set)
    """Milliseconds that are handed over."""
    most_bytes: int = 0
    """That are handed to one ``send``."""


@cache
def uses() -> Mapping[str, Use]:
    """By profile, in order. Raises ``RuntimeError`` if the reference does not conform, which fails the build."""
    found = {profile: Use() for profile in PROFILES}
    for trace in _traces():
        names = trace.header.clauses
        _Case(found[profile_of(names, kit.clauses())], names[0]).read(trace)
    return found


@cache
def earliest() -> Mapping[str, Use]:
    """The same without what was seen in an earlier profile: what is new in each."""
    found: dict[str, Use] = {}
    known = Use()
    for profile, use in uses().items():
        found[profile] = Use(
            use.cases,
            {name: each for name, each in use.examples.items() if name not in known.examples},
            {what: each for what, each in use.answers.items() if what not in known.answers},
            {what: each for what, each in use.messages.items() if what not in known.messages},
            {what: each for what, each in use.signals.items() if what not in known.signals},
            use.timeouts,
            use.most_bytes,
        )
        known.examples |= use.examples
        known.answers |= use.answers
        known.messages |= use.messages
        known.signals |= use.signals
    return found


@cache
def _traces() -> list[Trace]:
    with tempfile.TemporaryDirectory() as name:
        results = gen_tck.certify("reference", results=Path(name) / "reference.json")
        if results.conclusion != "CONFORMS":
            raise RuntimeError(f"the reference: {results.conclusion}; gen-tck certify reference shows why")
        return [read(each) for each in sorted((Path(name) / "reference.traces").glob("*.jsonl"))]


class _Case:
    """One case, which is added to a use."""

    def __init__(self, use: Use, clause: str) -> None:
        self._use, self._clause = use, clause
        self._calls: dict[int, kinds.Call] = {}
        self._sent: set[Term] = set()

    def read(self, trace: Trace) -> None:
        """Take it in."""
        self._use.cases += 1
        for event in trace.events:
            self._event(event)

    def _event(self, event: AnyEvent) -> None:
        match event:
            case kinds.Call():
                self._call(event)
            case kinds.Exit():
                self._use.signals[show(event.reason)] = None
            case kinds.CameBack():
                own = event.returned in self._sent and _name(self._calls[event.call]) in _SEND
                self._answer(event.call, "the message" if own else shape(event.returned))
            case kinds.RaisedSeen():
                kind, reason = event.raised
                self._answer(event.call, f"raises {kind}:{shape(reason)}")
            case kinds.EndedSeen():
                self._answer(event.call, "ends with its process")
            case kinds.MailboxSeen():
                self._came(event.mailbox)
            case kinds.MoreSeen():
                self._came(event.more)

    def _call(self, call: kinds.Call) -> None:
        name = _name(call)
        self._calls[call.call] = call
        self._use.examples.setdefault(name, f"{call.module}:{call.function}({', '.join(map(show, call.args))})")
        for what, value in zip(CALLS[name].arguments, call.args, strict=True):
            if what == "Timeout" and isinstance(value, int) and value >= 0:
                self._use.timeouts.add(value)
            elif what == "Data" and isinstance(value, bytes):
                self._use.most_bytes = max(self._use.most_bytes, len(value))
            elif what == "Message":
                self._sent.add(value)

    def _answer(self, number: int, answer: str) -> None:
        self._add(self._use.answers.setdefault((_name(self._calls[number]), answer), []))

    def _came(self, messages: tuple[Term, ...]) -> None:
        for each in messages:
            if each not in self._sent:
                self._add(self._use.messages.setdefault(shape(each), []))

    def _add(self, clauses: list[str]) -> None:
        if self._clause not in clauses:
            clauses.append(self._clause)


def _name(call: kinds.Call) -> str:
    return f"{call.module}.{call.function}/{len(call.args)}"


def shape(value: Term) -> str:
    """A term with words for what is another one each time: ``{ok, Socket}``."""
    for kind, word in _WORDS.items():
        if type(value) is kind:
            return word
    if isinstance(value, Improper):
        return f"[{', '.join(dict.fromkeys(_in_list(each) for each in value.heads))}|{shape(value.tail)}]"
    if isinstance(value, List):
        return f"[{', '.join(dict.fromkeys(_in_list(each) for each in value))}]"
    if type(value) is tuple:
        if len(value) == 4 and all(type(each) is int for each in value):
            return "Address"
        return f"{{{', '.join(map(shape, value))}}}"
    return show(value)


_WORDS = {int: "Integer", bytes: "Binary", Port: "Socket", Pid: "Pid", Reference: "Ref", Map: "Map"}


def _in_list(value: Term) -> str:
    """An element. Lists of pairs are those of options and their like; other integers are bytes."""
    if type(value) is tuple and len(value) == 2 and isinstance(value[0], Atom):
        return "{Name, Value} ..."
    return "Byte ..." if type(value) is int else shape(value)
