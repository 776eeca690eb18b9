"""What the BEAM agent does with calls, mailboxes and processes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import CallFailed, Ended, NodeError, Outcome, Peer, Raised, Returned
from gen_tck.spec.terms import Atom, Improper, List, Map, Pid, Reference, Term, string, term
from tests.adapters.beyond import beyond, calculation

Run = Callable[..., Outcome]
Connect = Callable[..., tuple[Term, Peer]]
Eventually = Callable[[Callable[[], bool]], bool]

OK = Atom("ok")
LOOPBACK = (127, 0, 0, 1)


# Terms

SAMPLES: list[Term] = [
    0,
    -1,
    2**63,
    -(2**64),
    2**200,
    1.0,
    -0.5,
    1e22,
    1e-7,
    5e-324,
    Atom("ok"),
    Atom(""),
    Atom("größe"),
    Atom("日本"),
    Atom("\U0001f600"),
    Atom('quote"back\\slash\nline\x01\x7f'),
    b"",
    bytes(range(256)),
    bytes(100_000),
    (),
    (Atom("ok"), (b"x",)),
    List([]),
    List([1, List([Atom("a"), List([])])]),
    string("text"),
    Improper((1, 2), Atom("tail")),
    Improper((List([]),), b"tail"),
    Map({}),
    Map({Atom("key"): List([1]), b"k": Map({1: 2.5})}),
]


@pytest.mark.parametrize("value", SAMPLES, ids=lambda value: repr(value)[:40])
def test_a_term_changes_in_the_vm(inet: ChildNode, outcome: Run, value: Term) -> None:
    got = outcome(inet, inet.spawn(), "erlang", "element", 1, (value,))
    assert got == Returned(value)
    assert repr(got) == repr(Returned(value))


def test_a_term_is_read_as_another(inet: ChildNode, outcome: Run) -> None:
    """The VM prints what it was sent, so an error that writing undoes again is seen too."""
    sent = [2**64, 1.0, 1e22, "größe", b"\0\xff", (), ([], [1]), {"k": 1.5}, Improper((1,), 2), -0.5]
    printed = outcome(inet, inet.spawn(), "io_lib", "format", string("~0tp"), [sent])
    flat = outcome(inet, inet.spawn(), "unicode", "characters_to_binary", printed.value)  # type: ignore[union-attr]
    text = "[18446744073709551616,1.0,1.0e22,größe,<<0,255>>,{},{[],[1]},#{k => 1.5},[1|2],-0.5]"
    assert flat == Returned(text.encode())


def test_what_has_no_json_kills_the_agent(inet: ChildNode, outcome: Run) -> None:
    process = inet.spawn()
    with pytest.raises(NodeError, match="the protocol cannot say"):
        outcome(inet, process, "erlang", "make_fun", "erlang", "self", 0)
    assert outcome(inet, inet.spawn(), "erlang", "self") != Returned(process.pid)


def test_a_handle_has_two_numbers(otp: ChildNode, outcome: Run) -> None:
    process, other = otp.spawn(), otp.spawn()
    assert outcome(otp, process, "erlang", "self") == Returned(process.pid)
    reference = outcome(otp, process, "erlang", "make_ref")
    assert isinstance(reference, Returned)
    assert isinstance(reference.value, Reference)
    assert outcome(otp, other, "erlang", "element", 2, (1, reference.value)) == reference
    assert outcome(otp, other, "erlang", "make_ref") != reference


def test_a_handle_from_before_clear_is_known(inet: ChildNode, outcome: Run) -> None:
    old = inet.spawn()
    inet.clear()
    new = inet.spawn()
    assert new.pid != old.pid
    with pytest.raises(NodeError, match="is not the number of a process"):
        old.mailbox()
    with pytest.raises(NodeError, match="no handle has the number"):
        outcome(inet, new, "erlang", "is_process_alive", Pid(old.pid.number))


# Calls


@pytest.mark.parametrize(
    ("module", "function", "args"),
    [
        ("os", "cmd", ["id"]),
        ("erlang", "halt", []),
        ("erlang", "apply", ["os", "cmd", ["id"]]),
        ("prim_inet", "find", [1]),
        ("gen_tcp", "recv", [1]),
        ("gen_tck_agent", "run", ["os", "cmd", ["id"]]),
        ("gen_tck_agent", "end_system_monitor", []),
        ("no_module", "no_function", []),
        ("\x1b]0;title\x07", "a'b\n", []),
    ],
)
def test_agent_calls_what_is_in_no_catalogue(inet: ChildNode, module: str, function: str, args: list[object]) -> None:
    process = inet.spawn()
    call = process.call(module, function, [term(each) for each in args])
    with pytest.raises(CallFailed, match="is no call of the catalogue"):
        inet.wait(lambda: call.outcome is not None)
    assert process.status() == "idle"


@pytest.mark.parametrize(
    "message", [("call", "os", "cmd", ["id"]), ("call", "gen_tcp", "close", [1]), ("take", 1, 1)], ids=str
)
def test_message_is_taken_for_a_command(otp: ChildNode, outcome: Run, message: tuple[object, ...]) -> None:
    process, sender = otp.spawn(), otp.spawn()
    forged = term(("$gen_tck", *message))
    outcome(otp, sender, "erlang", "send", process.pid, forged)
    otp.settle()
    assert (process.status(), process.mailbox()) == ("idle", (forged,))


def test_an_exception_is_something_else(otp: ChildNode, outcome: Run) -> None:
    process = otp.spawn()
    assert outcome(otp, process, "erlang", "error", ("why", 1)) == Raised("error", term(("why", 1)))
    assert outcome(otp, process, "erlang", "throw", "ball") == Raised("throw", Atom("ball"))
    assert outcome(otp, process, "no_module", "f") == Raised("error", Atom("undef"))
    assert outcome(otp, process, "gen_tcp", "listen", 0, ["nonsense"]) == Raised("exit", Atom("badarg"))
    assert process.status() == "idle"


@pytest.mark.parametrize("reason", ["normal", "kill", ("why", [1])], ids=str)
def test_exit_does_not_end_the_process(otp: ChildNode, outcome: Run, reason: object) -> None:
    process = otp.spawn()
    assert outcome(otp, process, "erlang", "exit", reason) == Ended(term(reason))
    assert process.status() == "ended"
    assert process.mailbox() == ()
    process.take(0)
    assert outcome(otp, process, "erlang", "self") == Ended(Atom("noproc"))


def test_a_call_of_a_killed_process_never_ends(otp: ChildNode) -> None:
    process = otp.spawn()
    call = process.call(*beyond("timer", "sleep", Atom("infinity")))
    otp.settle()
    assert (call.outcome, process.status()) == (None, "waiting")
    process.exit(Atom("kill"))
    assert otp.wait(lambda: call.outcome is not None, 20)
    assert call.outcome == Ended(Atom("killed"))


def test_an_exit_signal_has_another_sender(otp: ChildNode, outcome: Run) -> None:
    process = otp.spawn()
    outcome(otp, process, "erlang", "process_flag", "trap_exit", True)
    process.exit(term(("please", 1)))
    assert otp.wait(lambda: process.mailbox() != (), 20)
    ((tag, sender, reason),) = process.mailbox()
    assert (tag, reason) == (Atom("EXIT"), term(("please", 1)))
    assert isinstance(sender, Pid)
    assert sender != process.pid


def test_a_process_is_linked_to_the_agent(otp: ChildNode, outcome: Run) -> None:
    process = otp.spawn()
    links = outcome(otp, process, "erlang", "process_info", process.pid, "links")
    assert links == Returned(term(("links", [])))


# Mailboxes


def test_a_mailbox_is_disturbed(otp: ChildNode, outcome: Run) -> None:
    process, sender = otp.spawn(), otp.spawn()
    messages = [(), 1, ("a", 1), "last"]
    for each in messages:
        outcome(otp, sender, "erlang", "send", process.pid, each)
    wanted = tuple(term(each) for each in messages)
    assert process.mailbox() == wanted
    assert process.mailbox() == wanted
    outcome(otp, process, "erlang", "self")
    assert process.mailbox() == wanted
    process.take(2)
    assert process.mailbox() == wanted[2:]
    process.take(9)
    assert process.mailbox() == ()


def test_what_was_taken_is_seen_again(otp: ChildNode, outcome: Run) -> None:
    process = otp.spawn()
    for number in range(200):
        outcome(otp, process, "erlang", "send", process.pid, number)
        process.take(1)
        assert process.mailbox() == ()


def test_a_call_under_way_shows_what_it_waits_for(inet: ChildNode, outcome: Run, connect: Connect) -> None:
    """A receiving process gets its data as a message, and takes it when it runs. Nobody may see it in between.

    Others that keep the VM busy, and a low priority, make that moment long.
    """
    process = inet.spawn()
    socket, peer = connect(inet, process, ["binary", ("active", False)])
    outcome(inet, process, "erlang", "process_flag", "priority", "low")
    for _ in range(4):
        inet.spawn().call(*calculation(2_000_000_000))
    for _ in range(300):
        call = process.call("gen_tcp", "recv", [socket, 1])
        inet.run_until(lambda: False, 0.002)
        peer.offer(b"x")
        while call.outcome is None:
            assert process.mailbox() == ()
        assert call.outcome == Returned((OK, b"x"))
    peer.reset()


def test_a_suspended_process_cannot_be_looked_at(inet: ChildNode, outcome: Run, connect: Connect) -> None:
    process, sender = inet.spawn(), inet.spawn()
    options = ["binary", ("sndbuf", 4096), ("high_watermark", 8192), ("low_watermark", 4096)]
    socket, peer = connect(inet, process, options, receive_buffer=4096)
    outcome(inet, sender, "erlang", "send", process.pid, "first")
    # The first command fills the queue, the second makes the port busy and waits, the third finds it busy.
    for caller in (sender, inet.spawn(), process):
        caller.call("gen_tcp", "send", [socket, bytes(500_000)])
        inet.settle()
    assert inet.wait(lambda: process.status() == "suspended", 20)
    assert process.mailbox() == (Atom("first"),)
    outcome(inet, inet.spawn(), "erlang", "send", process.pid, "second")
    assert inet.wait(lambda: len(process.mailbox()) == 2, 20)
    process.exit(Atom("kill"))
    assert inet.wait(lambda: process.status() == "ended", 20)
    peer.reset()


# Port commands


def test_port_command_differs_from_release_to_release(inet: ChildNode, outcome: Run, connect: Connect) -> None:
    process = inet.spawn()
    socket, peer = connect(inet, process, ["binary", ("active", False)])
    assert outcome(inet, process, "erlang", "port_command", socket, b"plain") == Returned(Atom("true"))
    assert outcome(inet, process, "erlang", "port_command", socket, [b"li", [115], b"t"], []) == Returned(Atom("true"))
    assert outcome(inet, process, "erlang", "send", socket, (process.pid, ("command", b"sent"))) == Returned(
        term((process.pid, ("command", b"sent")))
    )
    outcome(inet, process, "erlang", "register", "a_port", socket)
    assert outcome(inet, process, "erlang", "port_command", "a_port", b"named") == Returned(Atom("true"))
    inet.settle()
    reply = (Atom("inet_reply"), socket, OK)
    assert process.mailbox() == (reply,) * 4
    seen = bytearray()

    def read() -> bool:
        event = peer.poll()
        seen.extend(event if isinstance(event, bytes) else b"")
        return len(seen) >= 18

    assert inet.wait(read, 20)
    assert bytes(seen) == b"plainlistsentnamed"
    assert outcome(inet, process, "erlang", "port_command", socket, "no_iolist") == Raised("error", Atom("badarg"))
    assert outcome(inet, process, "erlang", "port_command", socket, 65) == Raised("error", Atom("badarg"))
    outcome(inet, process, "gen_tcp", "close", socket)
    assert outcome(inet, process, "erlang", "port_command", socket, b"late") == Raised("error", Atom("badarg"))
    assert outcome(inet, process, "erlang", "port_command", "nobody", b"x") == Raised("error", Atom("badarg"))
