"""The scenario of one test: its processes, its sockets, and the peers at their far ends.

A test reads as the clause it checks::

    @clause("modes/once-delivers-one-message")
    def test_once_delivers_a_second_message(scenario: Scenario) -> None:
        owner = scenario.process("owner")
        socket, peer = scenario.connect(owner, active="once", packet=1)
        peer.send(b"\\x01a\\x01b")
        owner.receives(tcp(socket, b"a"))
        expect(owner.inet.getopts(socket, ["active"]), ok([("active", False)]))

The attribute chain of a call is its module and function; arguments may be loose (``str`` is an atom). A call gives back
the term it returned, or a :class:`Raised` or :class:`Ended` value. Every message must be accounted for: when the test
is over, the scenario settles once more and a message that nobody expected fails it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from gen_tck.adapters.interface import (
    Call,
    Node,
    NodeError,
    Peer,
    PeerEvent,
    PeerListener,
    Process,
    Raised,
    Returned,
    Waited,
)
from gen_tck.conformance.harness.expect import (
    Inconclusive,
    Unexpected,
    Unsupported,
    data_in,
    describe,
    matches,
    note,
    noted,
    noting,
    port_number,
    term_of,
    value_of,
)
from gen_tck.conformance.harness.timers import owed_by
from gen_tck.conformance.results.outcomes import Place
from gen_tck.conformance.traces.recorder import Recorder
from gen_tck.spec.calls import CALLS
from gen_tck.spec.terms import Atom, List, Pid, Term, show, term

LOOPBACK = (127, 0, 0, 1)

# A failure is reported at the line of the test that expected something, not in here.
__tracebackhide__ = True


class Pending:
    """A call that was begun and may not have come back yet."""

    def __init__(self, scenario: Scenario, what: str, call: Call) -> None:
        self._scenario = scenario
        self._what = what
        self._call = call

    def is_blocked(self) -> None:
        """Fail unless the call is still under way when everything that can happen has happened."""
        self._scenario.settle()
        if self._call.outcome is not None:
            raise Unexpected("the call to block", describe(_value(self._call)), self._what)
        note("the call to block", "it blocked", self._what)

    def has_returned(self) -> bool:
        """Whether the call has come back when everything that can happen has happened: for calls that may do either."""
        self._scenario.settle()
        return self._call.outcome is not None

    def result(self) -> object:
        """Wait for the call to come back; its value, as if it had been called plainly."""
        self._scenario.wait_for(lambda: self._call.outcome is not None, "the call to return", "it blocked", self._what)
        return _value(self._call)


def _value(call: Call) -> object:
    outcome = call.outcome
    return outcome.value if isinstance(outcome, Returned) else outcome


class _BegunFunction:
    def __init__(self, actor: Actor, module: str, function: str) -> None:
        self._actor, self._module, self._function = actor, module, function

    def __call__(self, *args: object) -> Pending:
        terms = [term_of(each.pid if isinstance(each, Actor) else each) for each in args]
        name, scenario = f"{self._module}.{self._function}/{len(terms)}", self._actor.scenario
        scenario.check_offered(name)
        scenario.owe(owed_by(name, terms))
        what = f"{self._module}:{self._function}({', '.join(show(each) for each in terms)}) by {self._actor.name}"
        return self._actor.start(self._module, self._function, terms, what)


class _Function:
    def __init__(self, begun: _BegunFunction) -> None:
        self._begun = begun

    def __call__(self, *args: object) -> object:
        return self._begun(*args).result()


class _BegunModule:
    def __init__(self, actor: Actor, module: str) -> None:
        self._actor, self._module = actor, module

    def __getattr__(self, function: str) -> _BegunFunction:
        return _BegunFunction(self._actor, self._module, function)


class _Module:
    def __init__(self, actor: Actor, module: str) -> None:
        self._actor, self._module = actor, module

    def __getattr__(self, function: str) -> _Function:
        return _Function(_BegunFunction(self._actor, self._module, function))


class _Begin:
    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def __getattr__(self, module: str) -> _BegunModule:
        return _BegunModule(self._actor, module)


class Actor:
    """A process of the subject, played by the test. ``actor.gen_tcp.recv(socket, 0)`` calls in its context."""

    def __init__(self, scenario: Scenario, name: str, process: Process) -> None:
        self.scenario = scenario
        self.name = name
        self.process = process
        self.pid: Pid = process.pid
        self._held: tuple[Term, ...] = ()
        self._pending: Pending | None = None

    def __repr__(self) -> str:
        return self.name

    def __getattr__(self, module: str) -> _Module:
        if module.startswith("_"):
            raise AttributeError(module)
        return _Module(self, module)

    @property
    def begin(self) -> _Begin:
        """``actor.begin.gen_tcp.recv(socket, 0)`` starts a call without waiting for it and gives a :class:`Pending`."""
        return _Begin(self)

    def start(self, module: str, function: str, args: Sequence[Term], what: str) -> Pending:
        """Begin a call, when the one before has come back. ``what`` says it in words."""
        if self._pending is not None:
            self._pending.result()
        self._pending = Pending(self.scenario, what, self.process.call(module, function, args))
        return self._pending

    def mailbox(self) -> tuple[object, ...]:
        """The messages now in the mailbox, undisturbed and unjudged."""
        return self.process.mailbox()

    @property
    def messages(self) -> Place:
        """Its mailbox, as the place where something was seen."""
        return Place(f"messages to {self.name}", mailbox=self.name)

    def holds(self, *messages: object) -> None:
        """Expect the mailbox to become exactly ``messages`` and leave them there (even while it is in a call)."""
        wanted = tuple(messages)
        seen: tuple[Term, ...] = ()

        def arrived() -> bool:
            nonlocal seen
            seen = self.process.mailbox()
            return len(seen) >= len(wanted) or not _agree(seen, wanted)

        waited = self.scenario.wait(arrived, lambda: len(seen))
        if len(seen) != len(wanted) or not _agree(seen, wanted):
            if waited.met:
                self.scenario.settle()  # all of what came instead
                seen = self.process.mailbox()
            self.scenario.accuse(waited, _messages(wanted), _messages(seen), self.messages)
        self._held = seen
        if noted():
            note(_messages(wanted), _messages(seen), str(self.messages))

    def receives(self, *messages: object) -> None:
        """Expect the mailbox to become exactly ``messages``, in this order, and take them out."""
        self.holds(*messages)
        self.process.take(len(messages))
        self._held = ()

    def receives_nothing(self) -> None:
        """Expect that, when everything that can happen has happened, no message is there beyond those it holds."""
        self.scenario.settle()
        seen = self.process.mailbox()
        if seen != self._held:
            raise Unexpected(_messages(self._held), _messages(seen), self.messages)
        if noted():
            note(_messages(self._held), _messages(seen), str(self.messages))

    def receives_bytes(self, socket: Term, data: bytes, *, then: Sequence[object] = ()) -> int:
        """Expect ``data`` in ``{tcp, Socket, _}`` messages cut in any way, then exactly ``then``; take them all out.

        Gives the number of data messages.
        """
        seen: tuple[Term, ...] = ()
        got = bytearray()

        def complete() -> bool:
            nonlocal seen
            seen = self.process.mailbox()
            got.clear()
            chunks = 0
            for message in seen:
                if (more := data_in(message, socket)) is None:
                    break
                chunks += 1
                got.extend(more)
            rest = seen[chunks:]
            enough = len(got) >= len(data) and len(rest) >= len(then)
            return enough or not data.startswith(bytes(got)) or (bool(rest) and not _agree(rest, tuple(then)))

        waited = self.scenario.wait(complete, lambda: len(seen))
        if waited.met and (bytes(got) != data or len(seen) - len(then) != _data_messages(seen, socket)):
            self.scenario.settle()  # all of what came instead
            complete()
        chunks = _data_messages(seen, socket)
        rest = seen[chunks:]
        if bytes(got) != data or len(rest) != len(then) or not _agree(rest, tuple(then)):
            wanted = f"{len(data)} bytes as data messages, then {_messages(tuple(then))}"
            others = "" if data.startswith(bytes(got)) else " (others)"
            found = f"{len(got)} bytes{others} in {chunks} messages, then {_messages(rest)}"
            self.scenario.accuse(waited, wanted, found, self.messages)
        self.process.take(len(seen))
        self._held = ()
        return chunks

    def exits(self, reason: object = "normal") -> None:
        """End this idle process from within: ``exit(Reason)``."""
        self.process.call("erlang", "exit", [term(reason)])
        self.is_ended()

    def kill(self) -> None:
        """End this process from outside, whatever it is doing: ``exit(Pid, kill)``."""
        self.process.exit(Atom("kill"))
        self.is_ended()

    def is_ended(self) -> None:
        """Expect that the process has ended or ends."""
        self.scenario.wait_for(lambda: self.process.status() == "ended", f"{self.name} to end", "it lives", "")
        self._held = ()

    def is_alive(self) -> None:
        """Expect that, when everything that can happen has happened, the process lives."""
        self.scenario.settle()
        if self.process.status() == "ended":
            raise Unexpected(f"{self.name} to live", "it ended")

    def is_suspended(self) -> None:
        """Expect that the call under way gets suspended by a busy port."""
        self.scenario.wait_for(
            lambda: self.process.status() == "suspended", f"{self.name} to be suspended", "it is not", ""
        )

    def check_leftovers(self) -> None:
        """Fail if a message came that nobody expected. (After the scenario has settled.)"""
        seen = self.process.mailbox()
        if seen != self._held:
            place = Place(f"left over at {self.name}", mailbox=self.name)
            raise Unexpected(f"no message beyond {_messages(self._held)}", _messages(seen), place)


def _data_messages(seen: Sequence[Term], socket: Term) -> int:
    return sum(1 for each in seen if data_in(each, socket) is not None)


def _agree(seen: Sequence[Term], wanted: Sequence[object]) -> bool:
    return all(matches(one, other) for one, other in zip(seen, wanted, strict=False))


def _messages(messages: Sequence[object]) -> str:
    return ", ".join(describe(each if isinstance(each, Raised) else term_or(each)) for each in messages) or "no message"


def term_or(value: object) -> object:
    """``value`` as a term where it is one; an expectation such as ``one_of`` stays what it is."""
    try:
        return term(value)
    except TypeError:
        return value


class RemotePeer:
    """The kit's own end of a connection (``peer`` in the tests)."""

    def __init__(self, scenario: Scenario, peer: Peer) -> None:
        self._scenario = scenario
        self._peer = peer
        self._read = bytearray()
        self._end: str | None = None

    def send(self, data: bytes) -> None:
        """Send ``data`` and wait until it is at the subject's side, read or not. At most 16 KB: more may not fit."""
        self.pour(data)
        self._reach("the data")

    def pour(self, data: bytes) -> None:
        """Send ``data``, however much, waiting for the subject to make room."""
        rest = memoryview(data)

        def poured() -> bool:
            nonlocal rest
            rest = rest[self._offer(bytes(rest[:262144])) :]
            return not rest

        self._scenario.wait_for(
            poured, f"{len(data)} bytes to be taken", "the connection is stuck", "peer", lambda: len(rest)
        )

    def fill(self, limit: int = 64_000_000) -> int:
        """Send zeros until the connection takes no more; the number of bytes it took. Fails at ``limit``."""
        taken, refusals = 0, 0
        while refusals < 3:
            now = self._offer(bytes(65536))
            taken += now
            if taken > limit:
                raise Unexpected("the peer's sending to block", f"{taken} bytes were taken", "peer")
            if now:
                refusals = 0
            else:
                refusals += 1
                self._scenario.settle()
        return taken

    def _offer(self, data: bytes) -> int:
        try:
            return self._peer.offer(data)
        except ConnectionError as reason:
            raise Unexpected("an open connection to send on", f"it is gone: {reason}", "peer") from None

    def _reach(self, what: str) -> None:
        self._scenario.wait_for(self._peer.delivered, f"{what} to reach the subject", "it did not", "peer")

    def _pull(self) -> PeerEvent:
        event = self._peer.poll()
        if isinstance(event, bytes):
            self._read += event
        elif event is not None:
            self._end = event
        return event

    def receives(self, data: bytes) -> None:
        """Expect exactly ``data`` to arrive next."""
        seen = self.reads(len(data), what=show(data))
        if seen != data:
            raise Unexpected(show(data), show(seen), "bytes at the peer")
        if noted():
            note(show(data), show(seen), "bytes at the peer")

    def reads(self, count: int, what: str = "") -> bytes:
        """Wait for ``count`` bytes and take them."""

        def there() -> bool:
            while len(self._read) < count and self._end is None:
                if self._pull() is None:
                    return False
            return True

        waited = self._scenario.wait(there, lambda: len(self._read))
        if len(self._read) < count:
            self._scenario.accuse(waited, what or f"{count} bytes", self._state(), self._place("bytes at the peer"))
        taken = bytes(self._read[:count])
        del self._read[:count]
        return taken

    def reads_until(self, mark: bytes) -> bytes:
        """Wait until what came ends with ``mark``, and take all of it: for data of unknown length before the mark."""

        def there() -> bool:
            while not self._read.endswith(mark) and self._end is None:
                if self._pull() is None:
                    return False
            return True

        waited = self._scenario.wait(there, lambda: len(self._read))
        if not self._read.endswith(mark):
            self._scenario.accuse(
                waited, f"bytes that end with {show(mark)}", self._state(), self._place("bytes at the peer")
            )
        taken = bytes(self._read)
        self._read.clear()
        return taken

    def reads_to_the_end(self) -> tuple[bytes, str]:
        """Read until the connection ends: everything that came, and ``"fin"`` or ``"reset"``."""

        def ended() -> bool:
            while self._end is None:
                if self._pull() is None:
                    return False
            return True

        self._scenario.wait_for(ended, "the connection to end", "it is open", "peer", lambda: len(self._read))
        data = bytes(self._read)
        self._read.clear()
        return data, str(self._end)

    def sees_fin(self) -> None:
        """Expect the subject's end of stream next, with no byte before it."""
        self._sees("fin")

    def sees_reset(self) -> None:
        """Expect a reset next, with no byte before it."""
        self._sees("reset")

    def sees_end(self) -> str:
        """Expect the connection to end in either way, with no byte before it; which way it was."""

        def something() -> bool:
            return bool(self._read) or self._end is not None or self._pull() is not None

        waited = self._scenario.wait(something)
        if self._read or self._end is None:
            self._scenario.accuse(waited, "the end of the connection", self._state(), self._place("peer"))
        return self._end

    def _sees(self, wanted: str) -> None:
        self.sees_end()
        if self._end != wanted:
            raise Unexpected(wanted, self._state(), "peer")
        note(wanted, wanted, "peer")

    def sees_nothing(self) -> None:
        """Expect that, when all has happened that can, neither byte nor end has come: the connection is open."""
        self._scenario.settle()
        self._pull()
        if self._read or self._end is not None:
            raise Unexpected("an open connection without data", self._state(), "peer")
        note("an open connection without data", self._state(), "peer")

    def _state(self) -> str:
        data = f"{show(bytes(self._read))} " if self._read else ""
        return data + (self._end or ("and the connection is open" if data else "an open connection without data"))

    def _place(self, words: str) -> Place:
        return Place(words, open=not self._read and self._end is None)

    def finish(self) -> None:
        """Half-close (FIN) and wait until the subject's side has it."""
        self._peer.finish()
        self._reach("the end of stream")

    def close(self) -> None:
        """Close the connection and wait until the subject's side has it."""
        self._peer.close()
        self._reach("the end of stream")

    def reset(self) -> None:
        """Reset the connection (RST) and wait until the subject's side has it."""
        self._peer.reset()
        self._reach("the reset")

    def discard(self) -> None:
        """Drop the connection at the end of a test, whatever state it is in."""
        self._peer.reset()


class Scenario:
    """Everything one test makes, on one node. Tests get it as the fixture ``scenario``."""

    def __init__(self, node: Node, variants: frozenset[str] = frozenset()) -> None:
        self.node = node
        self._stops = node.stops
        self._owed = 0.0
        self.variants_seen: list[str] = []
        self._variants = variants
        self._discarded = False
        self._actors: list[Actor] = []
        self._peers: list[RemotePeer] = []
        self._listeners: dict[int | None, PeerListener] = {}

    def check_offered(self, call: str) -> None:
        """Raise :class:`Unsupported` if the node does not offer ``call`` (``module.function/arity``).

        ``ValueError`` if it is not in the catalogue: implementers must be able to read there what they are asked for.
        """
        if call not in CALLS:
            raise ValueError(f"{call} is not in the catalogue of calls, spec/calls.py")
        calls = self.node.capabilities.calls
        if calls is not None and call not in calls:
            raise Unsupported(f"the node does not offer {call}")

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Tell the node's recorder, if it has one, what is compared, and when the case is over."""
        recorder = self.node
        if not isinstance(recorder, Recorder):
            yield
            return
        try:
            with noting(recorder.agreed):
                yield
        except Unexpected as reason:
            recorder.differed(reason.wanted, reason.seen, reason.place)
            raise
        except NodeError as reason:
            recorder.failed(reason)
            raise
        finally:
            recorder.stop()

    # Waiting

    def stood_still(self) -> bool:
        """Whether node or kit stood still since this scenario was made: what was seen may be due to that."""
        return self.node.stops > self._stops

    def owe(self, seconds: float) -> None:
        """A timer of so many seconds was set: from now on, what does not come is waited for at least as long."""
        self._owed = max(self._owed, seconds)

    def wait(self, condition: Callable[[], bool], progress: Callable[[], object] | None = None) -> Waited:
        """Wait for ``condition()``, or until it is proved not to come; as long as ``progress()`` changes, it may."""
        return self.node.wait(condition, self._owed, progress)

    def wait_while(self, condition: Callable[[], bool]) -> bool:
        """Wait while ``condition()`` holds; whether it stopped holding. :class:`Inconclusive` if that is not proved."""
        waited = self.wait(lambda: not condition())
        if waited.cut_short:
            raise Inconclusive(f"the wait was cut short after {waited.seconds:.2f} s")
        return waited.met

    def accuse(self, waited: Waited, wanted: str, seen: str, where: str | Place) -> NoReturn:
        """Say what was ``seen`` instead of what was ``wanted``: after ``waited``, if it was waited for in vain.

        Raises :class:`Unexpected`; :class:`Inconclusive` if the wait was cut short, which proves nothing.
        """
        if waited.met:
            raise Unexpected(wanted, seen, where)
        if waited.cut_short:
            raise Inconclusive(f"the wait for {wanted} was cut short after {waited.seconds:.2f} s: {seen} so far")
        if waited.restless:
            seen = f"{seen}; the node kept running"
        raise Unexpected(wanted, seen, where, waited.seconds)

    def wait_for(
        self,
        condition: Callable[[], bool],
        wanted: str,
        instead: str,
        where: str | Place,
        progress: Callable[[], object] | None = None,
    ) -> None:
        """Wait for ``condition()``; :class:`Unexpected` if it does not come."""
        waited = self.wait(condition, progress)
        if not waited.met:
            self.accuse(waited, wanted, instead, where)

    def settle(self) -> None:
        """Everything that can happen without further input has happened. :class:`Unexpected` if that never ends."""
        if not self.node.settle():
            raise Unexpected("the node to come to rest", "the node kept running")

    def advance(self, milliseconds: int) -> None:
        """Let time pass. Costs real time on a real node: keep it to 20 ms or so."""
        self.node.advance(milliseconds)

    # Making things

    def process(self, name: str) -> Actor:
        """A new process."""
        process = self.node.spawn(name) if isinstance(self.node, Recorder) else self.node.spawn()
        actor = Actor(self, name, process)
        self._actors.append(actor)
        return actor

    def processes(self, *names: str) -> list[Actor]:
        """Several new processes."""
        return [self.process(each) for each in names]

    def connect(
        self, owner: Actor, *flags: object, peer_buffer: int | None = None, **options: object
    ) -> tuple[Term, RemotePeer]:
        """``owner`` connects to the kit: its socket and the peer.

        Options are ``[binary, {active, false}]`` and what the keywords say; ``flags`` are options that are no pairs
        (``"list"``) or pairs as they stand. ``peer_buffer`` is the peer's receive buffer in bytes.
        """
        if peer_buffer not in self._listeners:
            self._listeners[peer_buffer] = self.node.network.listen(receive_buffer=peer_buffer)
        listener = self._listeners[peer_buffer]
        result = owner.gen_tcp.connect(LOOPBACK, listener.port, _options(flags, options))
        socket = _made(result, "connect")
        peer: Peer | None = None

        def accepted() -> bool:
            nonlocal peer
            peer = listener.accept()
            return peer is not None

        if not self.wait(accepted).met or peer is None:
            raise Inconclusive("gen_tcp:connect returned a socket, but no connection arrived at the kit's listener")
        return socket, self._far_end(peer)

    def port(self) -> int:
        """A port where the kit listens, for tests that connect for themselves. Nobody accepts what comes there."""
        if None not in self._listeners:
            self._listeners[None] = self.node.network.listen()
        return self._listeners[None].port

    def listen(self, owner: Actor, *flags: object, **options: object) -> tuple[Term, int]:
        """``owner`` listens on 127.0.0.1: the listening socket and its port number. Options as in :meth:`connect`."""
        settings = List([*_options(flags, options), term(("ip", LOOPBACK))])
        listener = _made(owner.gen_tcp.listen(0, settings), "listen")
        try:
            port = port_number(_made(owner.inet.port(listener), "port"))
        except Unexpected as reason:
            raise Inconclusive(f"inet:port/1: {reason}") from None
        return listener, port

    def dial(self, port: int, *, receive_buffer: int | None = None) -> RemotePeer:
        """A peer connected to the subject's listener at ``port``, accepted there or not."""
        try:
            peer = self.node.network.connect(port, receive_buffer=receive_buffer)
        except ConnectionError as reason:
            raise Unexpected(f"port {port} to take a connection", f"it refused: {reason}", "peer") from None
        return self._far_end(peer)

    def is_refused(self, port: int) -> None:
        """Expect that nobody listens at ``port`` any more, or soon no more: connections to it are refused."""

        def refused() -> bool:
            try:
                self.node.network.connect(port).reset()
            except ConnectionError:
                return True
            return False

        self.wait_for(refused, f"connections to port {port} to be refused", "it takes them", "peer")

    def accept(self, owner: Actor, listener: Term, port: int) -> tuple[Term, RemotePeer]:
        """A peer connects to ``listener`` and ``owner`` accepts it: its socket and the peer."""
        peer = self.dial(port)
        return _made(owner.gen_tcp.accept(listener, 5000), "accept"), peer

    def accepted(self, owner: Actor, *flags: object, **options: object) -> tuple[Term, RemotePeer, Term]:
        """``owner`` listens and accepts one connection: its socket, the peer, and the listening socket."""
        listener, port = self.listen(owner, *flags, **options)
        socket, peer = self.accept(owner, listener, port)
        return socket, peer, listener

    def _far_end(self, peer: Peer) -> RemotePeer:
        remote_peer = RemotePeer(self, peer)
        self._peers.append(remote_peer)
        return remote_peer

    # Judging

    def varies(self, seen: object, **variants: object) -> str:
        """Record which of the clause's named variants was seen, and give its name; fail if it is none of them."""
        unknown = set(variants) - self._variants
        if unknown:
            raise ValueError(f"the clause names no variant {', '.join(sorted(unknown))}")
        for name, wanted in variants.items():
            if matches(seen, wanted):
                if name not in self.variants_seen:
                    self.variants_seen.append(name)
                return name
        wanted_text = " or ".join(f"{describe(term_or(wanted))} ({name})" for name, wanted in variants.items())
        raise Unexpected(wanted_text, describe(seen))

    def finish(self) -> None:
        """The test is over: settle once more and fail if a message came that nobody expected."""
        self.settle()
        for actor in self._actors:
            actor.check_leftovers()

    def discard(self) -> None:
        """End everything the test made. Idempotent."""
        if self._discarded:
            return
        self._discarded = True
        for peer in self._peers:
            peer.discard()
        for listener in self._listeners.values():
            listener.close()
        self.node.clear()


def _options(flags: Sequence[object], options: dict[str, object]) -> List:
    pairs = {"active": False, **options}
    return List([Atom("binary"), *(term(each) for each in flags), *(term(pair) for pair in pairs.items())])


def _made(result: object, what: str) -> Term:
    try:
        return value_of(result)
    except Unexpected:
        raise Inconclusive(f"{what} did not return {{ok, _}} but {describe(result)}") from None
