"""What a node in process raises is its death; what the kit raises meanwhile is the kit's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gen_tck.adapters.guard import GuardedNode
from gen_tck.adapters.interface import AdapterError, Ended, NodeDied, NodeError, OverLimit, Raised, Returned, Waited
from gen_tck.adapters.limits import Limits
from gen_tck.adapters.loopback import LoopbackNetwork
from gen_tck.adapters.reference import LoopbackNode, SimulatedNode
from gen_tck.spec.terms import Atom, Improper, List, Map, Pid, term


class Fault:
    """Raises ``reason`` whatever is asked of it."""

    def __init__(self, reason: BaseException) -> None:
        self._reason = reason

    def __getattr__(self, name: str) -> Any:
        raise self._reason


class Says:
    """A process, call, peer or node of which each attribute is what it is made with."""

    def __init__(self, **said: Any) -> None:
        self.__dict__.update(said)


def fails(reason: BaseException) -> Callable[..., Any]:
    def run(*_: object, **__: object) -> Any:
        raise reason

    return run


def guarded(**said: Any) -> GuardedNode:
    return GuardedNode(Says(**said))  # type: ignore[arg-type]


def process(**said: Any) -> Any:
    return guarded(spawn=lambda: Says(**{"pid": Pid(1), **said})).spawn()


NODE: dict[str, Callable[[Any], object]] = {
    "spawn": lambda node: node.spawn(),
    "settle": lambda node: node.settle(),
    "advance": lambda node: node.advance(5),
    "wait": lambda node: node.wait(lambda: True, 1.0),
    "clear": lambda node: node.clear(),
    "close": lambda node: node.close(),
}
PROCESS: dict[str, Callable[[Any], object]] = {
    "call": lambda process: process.call("inet", "port", []),
    "mailbox": lambda process: process.mailbox(),
    "take": lambda process: process.take(1),
    "exit": lambda process: process.exit(Atom("kill")),
    "status": lambda process: process.status(),
}
PEER: dict[str, Callable[[Any], object]] = {
    "offer": lambda peer: peer.offer(b"x"),
    "poll": lambda peer: peer.poll(),
    "delivered": lambda peer: peer.delivered(),
    "finish": lambda peer: peer.finish(),
    "close": lambda peer: peer.close(),
    "reset": lambda peer: peer.reset(),
}


@pytest.mark.parametrize("operation", NODE)
def test_exception_of_a_node_reaches_the_kit(operation: str) -> None:
    node = guarded(**{operation: fails(KeyError("name"))})
    with pytest.raises(NodeDied, match=r"^the node raised KeyError: 'name'$"):
        NODE[operation](node)


@pytest.mark.parametrize("attribute", ["capabilities", "network"])
def test_exception_of_a_property_reaches_the_kit(attribute: str) -> None:
    node = GuardedNode(Fault(RuntimeError()))
    with pytest.raises(NodeDied, match=r"^the node raised RuntimeError$"):
        getattr(node, attribute)


@pytest.mark.parametrize("operation", PROCESS)
def test_exception_of_a_process_reaches_the_kit(operation: str) -> None:
    with pytest.raises(NodeDied, match=r"^the node raised ValueError: one line of two$"):
        PROCESS[operation](process(**{operation: fails(ValueError("one line\nof two"))}))


@pytest.mark.parametrize("operation", PEER)
def test_exception_of_a_peer_reaches_the_kit(operation: str) -> None:
    peer = Says(**{operation: fails(IndexError("gone"))})
    node = guarded(network=Says(connect=lambda *_, **__: peer, listen=lambda **_: Says(accept=lambda: peer)))
    for each in (node.network.connect(1), node.network.listen().accept()):
        with pytest.raises(NodeDied, match=r"^the node raised IndexError: gone$"):
            PEER[operation](each)


def test_exception_of_a_listener_reaches_the_kit() -> None:
    listener = guarded(network=Says(listen=lambda **_: Says(accept=fails(OSError("x")), close=fails(OSError("x")))))
    made: Any = listener.network.listen()
    for use in (made.accept, made.close, lambda: made.port):
        with pytest.raises(NodeDied):
            use()


def test_exception_in_an_outcome_reaches_the_kit() -> None:
    call = process(call=lambda *_: Fault(ZeroDivisionError("division by zero"))).call("inet", "port", [])
    with pytest.raises(NodeDied, match=r"^the node raised ZeroDivisionError: division by zero$"):
        _ = call.outcome


def test_exit_of_a_node_ends_the_kit() -> None:
    with pytest.raises(NodeDied, match=r"^the node raised SystemExit: 3$"):
        guarded(settle=fails(SystemExit(3))).settle()


def test_interrupt_is_taken_for_a_death() -> None:
    with pytest.raises(KeyboardInterrupt):
        guarded(settle=fails(KeyboardInterrupt())).settle()


def test_error_of_a_node_is_changed() -> None:
    reason = NodeError("it broke the protocol")
    with pytest.raises(NodeError) as seen:
        guarded(settle=fails(reason)).settle()
    assert seen.value is reason


def test_refused_connection_is_taken_for_a_death() -> None:
    network = guarded(network=Says(connect=fails(ConnectionRefusedError("nobody")))).network
    with pytest.raises(ConnectionRefusedError):
        network.connect(1)
    peer = guarded(network=Says(connect=lambda *_, **__: Says(offer=fails(ConnectionError("gone"))))).network.connect(1)
    with pytest.raises(ConnectionError):
        peer.offer(b"x")


def test_connection_error_from_elsewhere_is_let_through() -> None:
    with pytest.raises(NodeDied, match=r"^the node raised ConnectionError: gone$"):
        guarded(settle=fails(ConnectionError("gone"))).settle()


@pytest.mark.parametrize("reason", [AssertionError("not as expected"), KeyError("a fault of the kit"), NodeError("x")])
def test_exception_of_a_condition_is_taken_for_a_death(reason: Exception) -> None:
    with pytest.raises(type(reason)) as seen:
        GuardedNode(SimulatedNode()).wait(fails(reason), 1.0)
    assert seen.value is reason


def test_node_swallows_what_a_condition_raises() -> None:
    def wait(condition: Callable[[], bool], owed: float, progress: object) -> Waited:
        try:
            return Waited(condition())
        except Exception:
            return Waited(False)

    with pytest.raises(AssertionError):
        guarded(wait=wait).wait(fails(AssertionError()), 1.0)


@pytest.mark.parametrize(
    "outcome",
    [
        Returned("closed"),
        Returned((Atom("ok"), [1])),
        Returned(True),
        Returned(Improper((None,), Atom("a"))),
        Raised("error", {}),
        Raised("fault", Atom("badarg")),
        Ended(Map({"key": 1})),
        "closed",
        7,
    ],
    ids=repr,
)
def test_outcome_that_is_none_is_believed(outcome: object) -> None:
    call = process(call=lambda *_: Says(outcome=outcome)).call("inet", "port", [])
    with pytest.raises(AdapterError, match="does not keep to the interface"):
        _ = call.outcome


@pytest.mark.parametrize("mailbox", [[Atom("a")], List([1]), ("a",), ((1, (None,)),), None], ids=repr)
def test_mailbox_that_is_none_is_believed(mailbox: object) -> None:
    with pytest.raises(AdapterError, match="does not keep to the interface"):
        process(mailbox=lambda: mailbox).mailbox()


def test_status_that_is_none_is_believed() -> None:
    with pytest.raises(AdapterError, match="the status of a process is 'asleep', which is none"):
        process(status=lambda: "asleep").status()


def test_pid_that_is_none_is_believed() -> None:
    with pytest.raises(AdapterError, match="the pid of a process is 7, which is none"):
        process(pid=7)


def test_terms_are_refused() -> None:
    value = term(("ok", [1, -2.5, b"x", Pid(1)], {"a": ["b"]}))
    outcome = Returned((value, Improper((1,), Atom("tail")), List()))
    assert process(call=lambda *_: Says(outcome=outcome)).call("inet", "port", []).outcome is outcome
    assert process(mailbox=lambda: (value,)).mailbox() == (value,)


def test_pending_call_is_done() -> None:
    call: Any = Says(outcome=None)
    guarded_call = process(call=lambda *_: call).call("inet", "port", [])
    assert guarded_call.outcome is None
    call.outcome = Returned(1)
    assert guarded_call.outcome == Returned(1)


def test_kits_own_network_is_guarded() -> None:
    node = LoopbackNode()
    assert isinstance(GuardedNode(node).network, LoopbackNetwork)
    node.close()


def test_guarded_reference_does_something_else() -> None:
    node = GuardedNode(SimulatedNode())
    assert node.capabilities.name == "reference"
    owner = node.spawn()
    listener = node.network.listen()
    options = term(["binary", ("active", True)])
    call = owner.call("gen_tcp", "connect", [(127, 0, 0, 1), listener.port, options])
    assert node.wait(lambda: call.outcome is not None, 1.0)
    outcome = call.outcome
    assert isinstance(outcome, Returned)
    peer = listener.accept()
    assert peer is not None
    assert peer.offer(b"hello") == 5
    node.settle()
    assert owner.mailbox() == ((Atom("tcp"), outcome.value[1], b"hello"),)
    owner.take(1)
    assert (owner.mailbox(), owner.status()) == ((), "idle")
    owner.exit(Atom("kill"))
    node.advance(1)
    assert owner.status() == "ended"
    assert peer.poll() == "fin"
    node.clear()
    node.close()


def deep(levels: int) -> object:
    made: object = 1
    for _ in range(levels):
        made = (made,)
    return made


@pytest.mark.parametrize(
    ("value", "limit"), [(deep(100_000), "nesting"), (List(range(1000)), "message"), (deep(11), "nesting")]
)
def test_boundless_term_is_looked_through(value: object, limit: str) -> None:
    node = GuardedNode(
        Says(spawn=lambda: Says(pid=Pid(1), mailbox=lambda: (value,))),  # type: ignore[arg-type]
        Limits(nesting=10, message=100),
    )
    with pytest.raises(OverLimit, match=f"^the node went too far: a mailbox .*limit {limit}=N allows more") as error:
        node.spawn().mailbox()
    assert error.value.limit == limit


def test_boundless_mailbox_is_looked_through() -> None:
    says = Says(spawn=lambda: Says(pid=Pid(1), mailbox=lambda: (1,) * 11))
    with pytest.raises(OverLimit, match="a mailbox with over 10 messages"):
        GuardedNode(says, Limits(mailbox=10)).spawn().mailbox()  # type: ignore[arg-type]


def test_words_of_a_node_reach_a_terminal_raw() -> None:
    with pytest.raises(NodeDied, match=r"^the node raised KeyError: \\x\{1b\}\[2Jx{200}"):
        guarded(settle=fails(KeyError(Words("\x1b[2J" + "x" * 9999)))).settle()
    with pytest.raises(AdapterError, match=r"^the node does not keep to the interface: the status of a process is \\x"):
        process(status=lambda: Words("\x1b[2J")).status()
    with pytest.raises(AdapterError, match="the status of a process is a Rude, which is none"):
        process(status=Rude).status()


class Words(str):
    """Is shown as it is."""

    def __repr__(self) -> str:
        return str(self)


class Rude:
    """Cannot even be shown."""

    def __repr__(self) -> str:
        raise OSError("no")
