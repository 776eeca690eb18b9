"""Small plays with processes: what is written is done on a node, and must be what is seen there.

A play is text, one step a line; capital words stand for processes, sockets, peers and numbers::

    A, B are spawned
    A: erlang:link(B) -> true
    B gets the exit signal boom
    A is ended

The site plays each on the reference when it is built, and the kit's tests on OTP too. :data:`STEPS` has all forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from gen_tck.adapters.interface import Call, Node, Peer, Process, Raised, Returned
from gen_tck.adapters.registry import open_node
from gen_tck.spec.term_text import NoTermError, read_all, read_sequence
from gen_tck.spec.terms import Atom, List, Term, show

_NAME = re.compile(r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|\b([A-Z]\w*)\b")
_MARK = "$"
"""What the name of an atom begins with that stands for a capital word."""


class PlayError(Exception):
    """A play does not go as it is written; the message is one line and names the step."""


class Stage:
    """A node with a play under way."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._processes: dict[str, Process] = {}
        self._peers: dict[str, Peer] = {}
        self._known: dict[Term, Term] = {}
        """What capital words stand for, by the atoms that stand for them here."""
        self._calls: dict[str, Call] = {}

    def play(self, text: str) -> None:
        """Do what ``text`` says. Raises :class:`PlayError`."""
        try:
            for line in filter(None, map(str.strip, text.splitlines())):
                self._step(line)
        finally:
            for peer in self._peers.values():
                peer.close()
            self._node.clear()

    def _step(self, line: str) -> None:
        for pattern, do in STEPS:
            found = pattern.fullmatch(line)
            if found is not None:
                try:
                    do(self, *found.groups())
                except (NoTermError, KeyError, ValueError) as reason:
                    raise PlayError(f"{line}: {reason}") from None
                except PlayError as reason:
                    raise PlayError(f"{line}: {reason}") from None
                return
        raise PlayError(f"{line}: this is no step")

    # Terms

    def _term(self, text: str) -> Term:
        """A term in which capital words are handles, or what else they were bound to."""
        return self._filled(read_all(_marked(text)))

    def _filled(self, value: Term) -> Term:
        if value in self._known:
            return self._known[value]
        if isinstance(value, Atom) and value.name.startswith(_MARK):
            raise PlayError(f"nobody knows {value.name[1:]}")
        if isinstance(value, List):
            return List(map(self._filled, value))
        return tuple(map(self._filled, value)) if type(value) is tuple else value

    def _compare(self, text: str, seen: Term) -> None:
        """Hold what was seen against what is written, and learn the capital words that are new."""
        if not self._agree(read_all(_marked(text)), seen):
            raise PlayError(f"saw {show(seen)}")

    def _agree(self, wanted: Term, seen: Term) -> bool:
        if isinstance(wanted, Atom) and wanted.name.startswith(_MARK):
            return bool(self._known.setdefault(wanted, seen) == seen)
        if type(wanted) is type(seen) and isinstance(wanted, tuple) and isinstance(seen, tuple):
            return len(wanted) == len(seen) and all(map(self._agree, wanted, seen))
        return bool(wanted == seen)

    # Steps

    def spawn(self, names: str) -> None:
        """Processes, each with a name."""
        for name in re.split(r", | and ", names):
            self._processes[name] = process = self._node.spawn()
            self._known[Atom(_MARK + name)] = process.pid

    def call(self, name: str, module: str, function: str, args: str, then: str) -> None:
        """A call in a process, and what comes of it."""
        terms, _ = read_sequence(_marked(args), 0, ")")
        self._calls[name] = self._processes[name].call(module, function, [self._filled(each) for each in terms])
        if then == "waits":
            self._node.settle()
            if self._calls[name].outcome is not None:
                raise PlayError("it does not wait")
        else:
            self.comes_back(name, then)

    def comes_back(self, name: str, then: str) -> None:
        """What a call comes to."""
        call = self._calls[name]
        if not self._node.wait(lambda: call.outcome is not None).met:
            raise PlayError("it does not come back")
        outcome = call.outcome
        kind, _, reason = then.partition(":")
        if isinstance(outcome, Returned) and not then.startswith("raises "):
            self._compare(then, outcome.value)
        elif isinstance(outcome, Raised) and kind == f"raises {outcome.kind}":
            self._compare(reason, outcome.reason)
        elif not (then == "ends" and self._processes[name].status() == "ended"):
            raise PlayError(f"saw {outcome}")

    def exit(self, name: str, reason: str) -> None:
        """An exit signal from outside."""
        self._processes[name].exit(self._term(reason))
        self._node.settle()

    def holds(self, name: str, messages: str) -> None:
        """The mailbox of a process, all of it."""
        wanted = [] if messages == "nothing" else read_sequence(_marked(messages) + " .", 0, ".")[0]
        process = self._processes[name]
        if wanted:
            self._node.wait(lambda: len(process.mailbox()) >= len(wanted))
        self._node.settle()
        if not self._agree(tuple(wanted), process.mailbox()):
            raise PlayError(f"saw {', '.join(map(show, process.mailbox())) or 'nothing'}")

    def has(self, name: str, status: str) -> None:
        """The status of a process."""
        process = self._processes[name]
        self._node.wait(lambda: process.status() == status)
        if process.status() != status:
            raise PlayError(f"it is {process.status()}")

    def dials(self, name: str, port: str) -> None:
        """A peer connects."""
        self._peers[name] = self._node.network.connect(int(show(self._term(port))))

    def sends(self, name: str, data: str) -> None:
        """A peer sends."""
        value = self._term(data)
        self._peers[name].offer(value if isinstance(value, bytes) else b"")
        self._node.settle()

    def sees(self, name: str, end: str) -> None:
        """A peer sees the end of the stream, or a reset, when it has read what there was."""
        seen: list[object] = []
        peer = self._peers[name]

        def ended() -> bool:
            while (event := peer.poll()) is not None:
                seen.append(event)
                if not isinstance(event, bytes):
                    break
            return bool(seen) and not isinstance(seen[-1], bytes)

        if not self._node.wait(ended).met or seen[-1] != {"the end": "fin", "a reset": "reset"}[end]:
            raise PlayError(f"saw {seen}")


Step: TypeAlias = tuple[re.Pattern[str], Callable[..., None]]
STEPS: tuple[Step, ...] = (
    (re.compile(r"(\w+(?:(?:, | and )\w+)*) (?:is|are) spawned"), Stage.spawn),
    (re.compile(r"(\w+): (\w+):(\w+)\((.*\)) +-> (.+)"), Stage.call),
    (re.compile(r"(\w+) comes back +-> (.+)"), Stage.comes_back),
    (re.compile(r"(\w+) gets the exit signal (.+)"), Stage.exit),
    (re.compile(r"(\w+) holds (.+)"), Stage.holds),
    (re.compile(r"(\w+) is (idle|waiting|ended)"), Stage.has),
    (re.compile(r"(\w+) dials (\w+)"), Stage.dials),
    (re.compile(r"(\w+) sends (.+)"), Stage.sends),
    (re.compile(r"(\w+) sees (the end|a reset)"), Stage.sees),
)
"""The forms that a step may have."""


def _marked(text: str) -> str:
    """Capital words as atoms, since a term has no variables."""
    return _NAME.sub(lambda found: found[1] or f"'{_MARK}{found[2]}'", text)


def play(node: str, text: str, erl: str = "erl") -> None:
    """Play ``text`` on a node of this name. Raises :class:`PlayError`."""
    opened = open_node(node, erl=erl)
    try:
        Stage(opened).play(text)
    finally:
        opened.close()
