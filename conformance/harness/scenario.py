"""The scenario of one test: its processes (:class:`Actor`), its sockets, and their :class:`RemotePeer`.

A test reads as the clause it checks::

    @clause("modes/once-delivers-one-message")
    def test_once_delivers_a_second_message(scenario: Scenario) -> None:
        owner = scenario.process("owner")
        socket, peer = scenario.connect(owner, active="once", packet=1)
        peer.send(b"\\x01a\\x01b")
        owner.receives(tcp(socket, b"a"))
        expect(owner.inet.getopts(socket, ["active"]), ok([("active", False)]))

Every message must be accounted for: when the test is over, the scenario settles once more, and a message that nobody
expected fails it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gen_tck.adapters.interface import Census, Node, NodeError, Peer, PeerListener, Waited
from gen_tck.conformance.harness.actor import Actor, term_or
from gen_tck.conformance.harness.expect import (
    Inconclusive,
    Unexpected,
    Unsupported,
    describe,
    matches,
    note,
    noting,
    port_number,
    value_of,
)
from gen_tck.conformance.harness.remote_peer import RemotePeer
from gen_tck.conformance.harness.waits import Waits
from gen_tck.conformance.traces.recorder import Recorder
from gen_tck.spec.counted import Counted, in_words
from gen_tck.spec.terms import Atom, List, Term, term

LOOPBACK = (127, 0, 0, 1)

# A failure is reported at the line of the test that expected something, not in here.
__tracebackhide__ = True


class Scenario(Waits):
    """Everything one test makes, on one node. Tests get it as the fixture ``scenario``."""

    def __init__(self, node: Node, variants: frozenset[str] = frozenset()) -> None:
        super().__init__(node)
        self.variants_seen: list[str] = []
        self._variants = variants
        self.left: Census | None = None
        """What was left when all was over; ``None`` if nobody looked."""
        self.counting = 0.0
        """The seconds that it took to look."""
        self._discarded = False
        self._actors: list[Actor] = []
        self._peers: list[RemotePeer] = []
        self._listeners: dict[int | None, PeerListener] = {}

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
        self,
        owner: Actor,
        *flags: object,
        peer_buffer: int | None = None,
        **options: object,
    ) -> tuple[Term, RemotePeer]:
        """``owner`` connects to the kit: its socket and the peer.

        Options are ``[binary, {active, false}]`` and what the keywords say; ``flags`` are options that are no pairs
        (``"list"``) or pairs as they stand. ``peer_buffer`` is the peer's receive buffer in bytes.
        """
        return self.connect_to(owner, LOOPBACK, _options(flags, options), peer_buffer)

    def connect_to(
        self, owner: Actor, address: Sequence[int], settings: List, peer_buffer: int | None = None
    ) -> tuple[Term, RemotePeer]:
        """The same, to an address of the kit's, on a machine that has several."""
        if peer_buffer not in self._listeners:
            self._listeners[peer_buffer] = self.node.network.listen(receive_buffer=peer_buffer)
        listener = self._listeners[peer_buffer]
        result = owner.gen_tcp.connect(tuple(address), listener.port, settings)
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

    def census(self) -> Census:
        """How many there are now of what calls make. Raises :class:`Unsupported` if the node does not count."""
        self.settle()
        return self._census()

    def is_left_with(self, before: Census) -> None:
        """Expect that there are as many of everything as there were ``before``; of a kind not named there, none."""
        wanted = in_words(before) or "nothing"
        waited, seen = self._wait_until_left_with(before)
        if not waited.met:
            self.accuse(waited, f"{wanted} to be left", in_words(seen) or "nothing", "census")
        note(wanted, wanted, "census")

    def _census(self) -> Census:
        if "census" not in self.node.capabilities.profiles:
            raise Unsupported("the node does not claim the profile census")
        return self.node.census()

    def _wait_until_left_with(self, before: Census) -> tuple[Waited, dict[Counted, int]]:
        wanted, seen = _without_zeros(before), dict[Counted, int]()

        def there() -> bool:
            nonlocal seen
            seen = _without_zeros(self._census())
            return seen == wanted

        return self.wait(there, lambda: tuple(seen.items())), seen

    def count_left(self) -> None:
        """The test is over, and was as it should be: end all processes, and see what is left when they are gone."""
        began = time.monotonic()
        self._let_go()
        for actor in self._actors:
            actor.process.exit(Atom("kill"))
        self.node.settle()  # mostly that is all it takes
        waited, seen = self._wait_until_left_with({})
        if not waited.cut_short:
            self.left = seen
        self.counting = time.monotonic() - began

    def _let_go(self) -> None:
        """Drop the kit's ends of all connections."""
        for peer in self._peers:
            peer.discard()
        for listener in self._listeners.values():
            listener.close()

    def discard(self) -> None:
        """End everything the test made. Idempotent."""
        if self._discarded:
            return
        self._discarded = True
        self._let_go()
        self.node.clear()


def _without_zeros(census: Census) -> dict[Counted, int]:
    return {kind: count for kind, count in census.items() if count}


def _options(flags: Sequence[object], options: dict[str, object]) -> List:
    pairs = {"active": False, **options}
    return List([Atom("binary"), *(term(each) for each in flags), *(term(pair) for pair in pairs.items())])


def _made(result: object, what: str) -> Term:
    try:
        return value_of(result)
    except Unexpected:
        raise Inconclusive(f"{what} did not return {{ok, _}} but {describe(result)}") from None
