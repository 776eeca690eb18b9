"""A child that keeps to the protocol, and many that do not. The children are small programs written here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from gen_tck.adapters import wire
from gen_tck.adapters.child import ChildNode, open_child
from gen_tck.adapters.interface import (
    AdapterError,
    CallFailed,
    Capabilities,
    Ended,
    NodeDied,
    NodeError,
    NodeUnavailable,
    OverLimit,
    Raised,
    Returned,
)
from gen_tck.adapters.limits import Limits
from gen_tck.spec.calls import CALLS
from gen_tck.spec.profiles import CORE
from gen_tck.spec.terms import Atom, List, Pid

Fake = Callable[..., ChildNode]


def _one_line(error: pytest.ExceptionInfo[NodeError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


# Before the handshake


def test_a_command_that_does_not_exist_is_a_traceback() -> None:
    with pytest.raises(NodeUnavailable) as error:
        open_child(["/nowhere/to/be/found"])
    assert _one_line(error) == "cannot start `/nowhere/to/be/found`: No such file or directory"


def test_a_child_that_ends_at_once_is_waited_for() -> None:
    with pytest.raises(NodeUnavailable) as error:
        open_child([sys.executable, "-c", "print('no licence'); raise SystemExit(3)"], what="the fake")
    assert _one_line(error) == "the fake ended before it dialled back (exit status 3, it printed: 'no licence')"


def test_a_child_that_never_dials_back_is_left_running(is_gone: Callable[[int], bool]) -> None:
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    with pytest.raises(NodeUnavailable, match=r"did not dial back within 0\.5 s; it printed '\d+'") as error:
        open_child([sys.executable, "-c", program], what="the fake", limits=Limits(start=0.5))
    assert is_gone(int(str(error.value).split("'")[1]))


def test_a_silent_child_is_waited_for(fake: Fake) -> None:
    with pytest.raises(NodeUnavailable) as error:
        fake("print('thinking', flush=True); hear()", start=0.5)
    assert _one_line(error) == "the fake sent no handshake in 0.5 s; it printed 'thinking'"


def test_a_child_that_ends_before_the_handshake_is_no_node_died(fake: Fake) -> None:
    with pytest.raises(NodeUnavailable, match=r"^the fake ended before the handshake \(exit status 4"):
        fake("sys.exit(4)")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('hello["token"].encode()', "its handshake: "),
        ('{**hello, "gen_tck": 2}', "it speaks version 2, this kit version 1"),
        ('{**hello, "token": "guess", "name": hello["token"]}', "its handshake does not repeat the token it was given"),
        ('{k: v for k, v in hello.items() if k != "profiles"}', "missing required field `profiles`"),
        ('{**hello, "clock": "sundial"}', "sundial"),
    ],
)
def test_a_wrong_handshake_is_let_in(fake: Fake, said: str, why: str) -> None:
    with pytest.raises(NodeError) as error:
        fake(f"say({said}); hear()")
    assert "the fake broke the wire protocol: " in _one_line(error)
    assert why in _one_line(error)


# Minors

HELPERS = frozenset({name for name, each in CALLS.items() if each.is_helper})


@pytest.mark.parametrize("minor", [0, 1, 2, 999])
def test_node_of_another_minor_is_refused(fake: Fake, minor: int) -> None:
    assert fake(f"say({{**hello, 'minor': {minor}}}); hear()").capabilities.name == "fake"


@pytest.mark.parametrize("minor", ["-1", "1.5", "True", "'1'", "None"])
def test_minor_that_is_none_is_taken(fake: Fake, minor: str) -> None:
    with pytest.raises(AdapterError, match=r"at `\$\.minor`"):
        fake(f"say({{**hello, 'minor': {minor}}}); hear()")


def test_slip_in_a_handshake_is_passed_over(fake: Fake) -> None:
    with pytest.raises(AdapterError, match="its handshake: Object contains unknown field `profile`"):
        fake("say({**hello, 'minor': 1, 'profile': 'core'}); hear()")
    for minor in (0, 2):
        fake(f"say({{**hello, 'minor': {minor}, 'profile': 'core'}}); hear()")


def test_later_node_may_claim_nothing_that_is_new(fake: Fake) -> None:
    claims = "'profiles': ['core', 'quantum'], 'calls': ['gen_tcp.recv/2', 'gen_tcp.teleport/2']"
    node = fake(f"say({{**hello, 'minor': 2, {claims}}}); hear()")
    assert node.capabilities.profiles == set(CORE)
    assert node.capabilities.calls == frozenset({"gen_tcp.recv/2", *HELPERS})
    with pytest.raises(AdapterError, match="an unknown profile, 'quantum'"):
        fake(f"say({{**hello, 'minor': 1, {claims}}}); hear()")


@pytest.mark.parametrize("minor", [0, 1, 2])
def test_surplus_field_of_an_answer_is_judged_by_another_minor(fake: Fake, minor: int) -> None:
    node = fake(
        f"say({{**hello, 'minor': {minor}}}); a = hear(); say({{'event': 'e', 'any': 1}})\n"
        "say({'id': a['id'], 'pid': pid, 'extra': 1}); hear()"
    )
    if minor == 1:
        with pytest.raises(AdapterError, match="Object contains unknown field `extra`"):
            node.spawn()
    else:
        assert node.spawn().pid == Pid(1)


def test_program_is_not_told_what_the_kit_speaks(fake: Fake) -> None:
    node = fake("say({**hello, 'version': os.environ['GEN_TCK_PROTOCOL']}); hear()")
    assert node.capabilities.version == wire.PROTOCOL == "1.1"


@pytest.mark.parametrize(
    ("claim", "offered"),
    [
        ("'minor': 0, 'calls': ['gen_tcp:recv/2']", {"gen_tcp.recv/2"}),
        ("'minor': 1", None),
        ("'minor': 1, 'calls': ['gen_tcp:recv/2']", {"gen_tcp.recv/2", *HELPERS}),
        ("'minor': 1, 'calls': ['gen_tcp.recv/2'], 'helpers': ['erlang:link/1']", {"gen_tcp.recv/2", "erlang.link/1"}),
        (
            "'minor': 1, 'calls': ['gen_tcp.recv/2', 'erlang.link/1'], 'helpers': []",
            {"gen_tcp.recv/2", "erlang.link/1"},
        ),
        ("'minor': 1, 'helpers': ['erlang:link/1']", CALLS.keys() - HELPERS | {"erlang.link/1"}),
        ("'minor': 2, 'calls': [], 'helpers': ['erlang:warp/1', 'erlang:link/1']", {"erlang.link/1"}),
    ],
)
def test_other_calls_are_offered_than_were_claimed(fake: Fake, claim: str, offered: set[str] | None) -> None:
    node = fake(f"say({{**hello, {claim}}}); hear()")
    assert node.capabilities.calls == (None if offered is None else frozenset(offered))


_PLAYER = "'details': {'release': '25', 'backend': 'inet', 'erts': '13'}"


@pytest.mark.parametrize(
    ("claim", "plays"),
    [
        (f"'minor': 0, {_PLAYER}", True),
        ("'minor': 0, 'details': {'release': '25'}", False),
        (f"'minor': 1, {_PLAYER}", False),
        (f"'minor': 1, {_PLAYER}, 'capabilities': {{'plays-scripts': True, 'burst': True}}", True),
    ],
)
def test_player_of_scripts_is_guessed_wrong(fake: Fake, claim: str, plays: bool) -> None:
    capabilities = fake(f"say({{**hello, {claim}}}); hear()").capabilities
    assert (capabilities.plays_scripts, capabilities.burst) == (plays, "burst" in claim)


@pytest.mark.parametrize("details", ["{}", "{'release': '25'}", "{'release': '25', 'backend': 'carrier pigeons'}"])
def test_player_without_a_backend_or_release_is_believed(fake: Fake, details: str) -> None:
    with pytest.raises(AdapterError, match="says that it plays scripts, and its details not on which"):
        fake(f"say({{**hello, 'minor': 1, 'details': {details}, 'capabilities': {{'plays-scripts': True}}}}); hear()")


def test_capability_is_not_understood(fake: Fake) -> None:
    node = fake("say({**hello, 'minor': 1, 'capabilities': {'settle': 'echo'}}); hear()")
    assert node.capabilities.settle == "echo"
    assert node.capabilities.described() == {"settle": "echo"}
    node = fake("say({**hello, 'minor': 1, 'capabilities': {}}); hear()")
    assert (node.capabilities.settle, node.capabilities.described()) == ("exact", {})
    fake("say({**hello, 'minor': 2, 'capabilities': {'telepathy': True}}); hear()")


@pytest.mark.parametrize(
    ("minor", "said", "why"),
    [
        (0, "{}", "its handshake has `capabilities`, which minor 0 has not"),
        (1, "{'telepathy': True}", "unknown field `telepathy` - at `$.capabilities`"),
        (1, "{'mailbox': 'peep'}", "Invalid enum value 'peep' - at `$.capabilities.mailbox`"),
        (1, "{'settle': 'never'}", "Invalid enum value 'never' - at `$.capabilities.settle`"),
        (2, "{'settle': 'by then'}", "Invalid enum value 'by then' - at `$.capabilities.settle`"),
        (1, "{'plays-scripts': 1}", "Expected `bool`, got `int` - at `$.capabilities.plays-scripts`"),
        (1, "{'plays_scripts': True}", "unknown field `plays_scripts`"),
        (1, "['settle']", "Expected `object`, got `array` - at `$.capabilities`"),
    ],
)
def test_wrong_capability_is_believed(fake: Fake, minor: int, said: str, why: str) -> None:
    with pytest.raises(AdapterError) as error:
        fake(f"say({{**hello, 'minor': {minor}, 'capabilities': {said}}}); hear()")
    assert why in _one_line(error)


_ECHOES = """
say({**hello, 'minor': 1, 'capabilities': {'settle': 'echo'}})
looks = 0
while True:
    asked = hear()
    match asked["do"]:
        case "spawn": say({"id": asked["id"], "pid": pid})
        case "mailbox":
            looks += 1
            say({"id": asked["id"], "messages": [1] * (looks > 3)})
        case _: say({"id": asked["id"], "ok": True})
"""


def test_node_that_only_echoes_is_at_rest_before_its_message_comes(fake: Fake) -> None:
    node = fake(_ECHOES)
    process = node.spawn()
    assert node.settle()
    assert process.mailbox() == (1,)


_DRAINED = """
sends = False
say({**hello, 'minor': 1, 'capabilities': {'mailbox': 'drain'}})
news, late, status, calls = [1, 2, pid], [3], "idle", []
while True:
    asked = hear()
    match asked["do"]:
        case "spawn": answer = {"pid": pid}
        case "take" if "count" in asked: answer = {"failed": "the kit has them"}
        case "take" if calls: answer = {"failed": "the call would lose its messages"}
        case "take": answer, news = {"messages": news}, []
        case "status": answer = {"status": status}
        case "exit": answer, status = {"ok": True}, "ended"
        case "settle": answer, news, late = {"ok": True}, [*news, *late], []
        case "mailbox": answer = {"failed": "it cannot be looked at"}
        case "call" if asked["function"] == "send" and not sends: answer = {"failed": "it cannot send"}
        case "call" if asked["function"] == "send":
            news = [*news, asked["args"][1]]
            answer = {"ended": {"$a": "noproc"}} if status == "ended" else {"returned": asked["args"][1]}
        case "call":
            calls.append(asked)
            continue
    say({"id": asked["id"], **answer})
"""


def test_messages_that_were_taken_out_are_lost(fake: Fake) -> None:
    node = fake(_DRAINED)
    process = node.spawn()
    assert node.capabilities.described() == {"mailbox": "drain"}
    assert process.mailbox() == process.mailbox() == (1, 2, Pid(1))
    process.take(1)
    assert process.mailbox() == (2, Pid(1))
    node.settle()
    process.take(3)  # one more than is known of
    assert process.mailbox() == ()


def test_ended_process_keeps_messages(fake: Fake) -> None:
    process = fake(_DRAINED).spawn()
    assert len(process.mailbox()) == 3
    process.exit(Atom("kill"))
    assert process.mailbox() == ()


def test_call_that_cannot_lose_its_messages_ends_the_node(fake: Fake) -> None:
    node = fake(_DRAINED)
    process = node.spawn()
    process.call("gen_tcp", "recv", [Pid(1), 0])
    with pytest.raises(CallFailed, match="the fake cannot `take` now: the call would lose its messages"):
        process.mailbox()
    assert process.status() == "idle"


def test_transfer_is_made_without_the_messages_that_belong_to_it(fake: Fake) -> None:
    process = fake(_DRAINED).spawn()
    process.mailbox()
    with pytest.raises(CallFailed, match="gen_tcp:controlling_process looks at the mailbox"):
        process.call("gen_tcp", "controlling_process", [Pid(1), Pid(1)])
    process.take(3)
    process.call("gen_tcp", "controlling_process", [Pid(1), Pid(1)])


_SENDS = _DRAINED.replace("sends = False", "sends = True").replace(
    """calls.append(asked)
            continue""",
    """answer = {"returned": news}""",
)
"""It takes back what was taken out; a call gives what is in its mailbox."""
assert _SENDS.count("calls.append") == 0


def test_transfer_does_not_find_what_was_taken_out(fake: Fake) -> None:
    node = fake(_SENDS)
    process = node.spawn()
    assert process.mailbox() == (1, 2, Pid(1))
    node.settle()  # 3 comes
    transfer = process.call("gen_tcp", "controlling_process", [Pid(1), Pid(1)])
    assert node.wait(lambda: transfer.outcome is not None)
    assert transfer.outcome == Returned(List([1, 2, Pid(1), 3]))
    assert process.mailbox() == (1, 2, Pid(1), 3)


def test_every_call_has_messages_sent_back(fake: Fake) -> None:
    node = fake(_SENDS)
    process = node.spawn()
    process.mailbox()
    port = process.call("inet", "port", [Pid(1)])
    assert node.wait(lambda: port.outcome is not None)
    assert port.outcome == Returned(List([]))


def test_drained_messages_have_no_limit(fake: Fake) -> None:
    node = fake(_DRAINED, mailbox=3)
    process = node.spawn()
    process.mailbox()
    node.settle()
    with pytest.raises(OverLimit, match="a mailbox with over 3 messages"):
        process.mailbox()


@pytest.mark.parametrize("minor", [0, 1, 2])
def test_float_is_sent_as_another_minor_reads_it(fake: Fake, minor: int) -> None:
    node = fake(
        f"say({{**hello, 'minor': {minor}}}); say({{'id': hear()['id'], 'pid': pid}}); a = hear()\n"
        "b = {'$b': __import__('base64').b64encode(json.dumps(a['args']).encode()).decode()}\n"
        "say({'id': a['id'], 'returned': [{'$f': '2'}, b]})\nwhile True: say({'id': hear()['id'], 'ok': True})"
    )
    call = node.spawn().call("m", "f", [(2.0, 3)])
    assert node.wait(lambda: call.outcome is not None).met
    sent = b'[{"$t": [2.0, 3]}]' if minor == 0 else b'[{"$t": [{"$f": "2.0"}, 3]}]'
    assert call.outcome == Returned(List([2.0, sent]))


# Talking


def test_the_handshake_is_not_what_the_node_says_of_itself(fake: Fake) -> None:
    more = '"homepage": "https://example.org", "calls": ["gen_tcp.recv/2"], "details": {"a": "b"}'
    node = fake(f"say({{**hello, {more}}}); hear()")
    assert node.capabilities == Capabilities(
        name="fake",
        version="1",
        profiles=frozenset({"core"}),
        clock="real",
        homepage="https://example.org",
        calls=frozenset({"gen_tcp.recv/2"}),
        details={"a": "b"},
    )


_TALK = """
say(hello)
calls = []

def settle(asked):
    for call in reversed(calls):
        said = call["args"][0] if call["function"] != "raised" else ["error", call["args"][0]]
        say({"id": call["id"], call["function"]: said})
    calls.clear()
    say({"id": asked["id"], "ok": True})

while True:
    asked = hear()
    match asked["do"]:
        case "spawn":
            say({"event": "spawning", "of": [1, 2]})
            pid["$h"] += 1
            say({"id": asked["id"], "pid": pid})
        case "call": calls.append(asked)
        case "settle": settle(asked)
        case "mailbox": say({"id": asked["id"], "messages": [1, pid]})
        case "status": say({"id": asked["id"], "status": "suspended"})
        case "take": say({"id": asked["id"], "failed": "there is nothing to take"})
        case "stop": sys.exit(0)
        case _: say({"id": asked["id"], "ok": True})
"""


def test_answers_come_in_the_order_of_requests(fake: Fake) -> None:
    node = fake(_TALK)
    process, other, third = node.spawn(), node.spawn(), node.spawn()
    calls = [process.call("m", "returned", [1]), other.call("m", "raised", [2]), third.call("m", "ended", [3])]
    assert [each.outcome for each in calls] == [None, None, None]
    node.settle()
    assert [each.outcome for each in calls] == [Returned(1), Raised("error", 2), Ended(3)]


def test_what_the_child_says_is_lost(fake: Fake) -> None:
    process = fake(_TALK).spawn()
    assert process.pid == Pid(2)
    assert process.mailbox() == (1, Pid(2))
    assert process.status() == "suspended"


def test_a_second_call_is_sent(fake: Fake) -> None:
    node = fake(_TALK)
    process = node.spawn()
    process.call("m", "returned", [1])
    with pytest.raises(RuntimeError, match="has a call under way already"):
        process.call("m", "returned", [2])
    node.settle()
    process.call("m", "returned", [3])


def test_what_the_child_cannot_do_is_passed_over(fake: Fake) -> None:
    node = fake(_TALK)
    node.spawn().take(1)
    with pytest.raises(AdapterError, match=r"^the fake: there is nothing to take$"):
        node.settle()
    node.settle()  # the node is none the worse for it


def test_waiting_ends_before_its_time(fake: Fake) -> None:
    node = fake(_TALK)
    looks: list[int] = []
    assert node.wait(lambda: looks.append(1) or len(looks) > 3).met  # type: ignore[func-returns-value]
    assert len(looks) == 4
    assert not node.wait(lambda: False).met


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ('b"not json"', "'not json'"),
        ('b"\\xff"', "malformed"),
        ('{"ok": True}', "neither an answer's `id` nor an `event`"),
        ('{"id": 99, "ok": True}', "an answer to request 99, which is not open: ok True"),
        ('{"id": asked["id"], "ok": True}', "an answer without `pid` where it is due: ok True"),
        ('{"id": asked["id"], "pid": {"$a": "me"}}', "`pid` is me, which is no pid"),
        ('{"id": asked["id"], "pid": {"$h": 1}}', "is not a term of the protocol"),
        ('{"id": asked["id"], "pid": "me"}', "'me' is not a term of the protocol"),
    ],
)
def test_a_wrong_answer_is_believed(fake: Fake, answer: str, why: str) -> None:
    node = fake(f"say(hello); asked = hear(); say({answer}); hear()")
    with pytest.raises(AdapterError) as error:
        node.spawn()
    assert _one_line(error).startswith("the fake broke the wire protocol: ")
    assert why in _one_line(error)
    with pytest.raises(NodeDied, match="the fake is closed"):
        node.spawn()


def test_an_answer_is_given_twice(fake: Fake) -> None:
    node = fake("say(hello); asked = hear(); a = {'id': asked['id'], 'pid': pid}; say(a); hear(); say(a); hear()")
    node.spawn()
    with pytest.raises(NodeError, match="an answer to request 1, which is not open"):
        node.spawn()


def test_two_processes_have_one_number(fake: Fake) -> None:
    node = fake("say(hello)\nwhile True: say({'id': hear()['id'], 'pid': pid})")
    node.spawn()
    with pytest.raises(AdapterError, match="two processes have the number 1"):
        node.spawn()


def test_call_that_cannot_be_made_ends_the_node(fake: Fake) -> None:
    node = fake(
        "say(hello); say({'id': hear()['id'], 'pid': pid}); say({'id': hear()['id'], 'failed': 'no such thing'})\n"
        "while True: say({'id': hear()['id'], 'ok': True})"
    )
    call = node.spawn().call("m", "f", [])
    with pytest.raises(CallFailed, match="the fake could not make a call: no such thing"):
        node.wait(lambda: call.outcome is not None)
    assert node.settle()


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("'profiles': ['core', 'actve-n']", "an unknown profile, 'actve-n': did you mean active-n?"),
        ("'calls': ['gen_tcp.recv/1']", "an unknown call, 'gen_tcp.recv/1': did you mean gen_tcp.recv/3?"),
        ("'calls': ['x']", "an unknown call, 'x': gen-tck calls lists them all"),
        ("'calls': ['gen_tcp:recv:2']", "an unknown call, 'gen_tcp.recv:2': did you mean gen_tcp.recv/2?"),
        ("'minor': 1, 'helpers': ['erlang:lnk/1']", "an unknown helper, 'erlang.lnk/1': did you mean erlang.link/1?"),
        (
            "'minor': 1, 'helpers': ['gen_tcp.recv/2']",
            "an unknown helper, 'gen_tcp.recv/2': gen-tck calls says which are helpers",
        ),
    ],
)
def test_unknown_claim_is_passed_over(fake: Fake, claim: str, why: str) -> None:
    with pytest.raises(AdapterError) as error:
        fake(f"say({{**hello, {claim}}}); hear()")
    assert _one_line(error).startswith(f"the fake broke the wire protocol: its handshake claims {why}")


def test_a_wrong_outcome_is_believed(fake: Fake) -> None:
    node = fake("say(hello); say({'id': hear()['id'], 'pid': pid}); say({'id': hear()['id'], 'ok': True}); hear()")
    call = node.spawn().call("m", "f", [])
    with pytest.raises(NodeError, match="a call's answer without `returned`, `raised` or `ended`: ok True"):
        node.wait(lambda: call.outcome is not None)


# Dying


def test_last_words_are_lost(fake: Fake) -> None:
    node = fake("say(hello); hear(); print('out of', flush=True); print('luck', file=sys.stderr); sys.exit(9)")
    with pytest.raises(NodeDied) as error:
        node.spawn()
    assert _one_line(error) == "the fake ended: exit status 9, it printed: 'out of\\nluck'"


def test_a_signal_is_not_told(fake: Fake) -> None:
    node = fake("say(hello); hear(); os.kill(os.getpid(), 11)")
    with pytest.raises(NodeDied, match=r"^the fake ended: killed by SIGSEGV, it printed nothing$"):
        node.spawn()


def test_dying_while_a_call_is_awaited_takes_the_whole_time(fake: Fake) -> None:
    node = fake("say(hello); say({'id': hear()['id'], 'pid': pid}); hear(); sys.exit(1)")
    call = node.spawn().call("m", "f", [])
    with pytest.raises(NodeDied, match="exit status 1"):
        node.wait(lambda: call.outcome is not None)


def test_what_was_said_before_dying_is_lost(fake: Fake) -> None:
    node = fake(
        "say(hello); a = hear(); say({'id': a['id'], 'pid': pid}); a = hear(); say({'id': a['id'], 'returned': 1})"
    )
    call = node.spawn().call("m", "f", [])
    with pytest.raises(NodeDied):
        node.wait(lambda: False)
    assert call.outcome == Returned(1)


def test_a_child_that_hangs_is_waited_for(fake: Fake, is_gone: Callable[[int], bool]) -> None:
    node = fake("say({**hello, 'details': {'pid': str(os.getpid())}})\nwhile True: time.sleep(600)", answer=0.3)
    with pytest.raises(AdapterError) as error:
        node.settle()
    why = "`settle` took over 0.3 s, so it was killed (--limit answer=N allows more)"
    assert _one_line(error) == f"the fake does not answer: {why}"
    assert is_gone(int(node.capabilities.details["pid"]))


# Ending

_STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
say({**hello, 'details': {'pid': str(os.getpid())}})
while True: time.sleep(600)
"""


def test_a_child_that_will_not_stop_is_left_running(fake: Fake, is_gone: Callable[[int], bool]) -> None:
    node = fake(_STUBBORN)
    node.close()
    assert is_gone(int(node.capabilities.details["pid"]))
    node.close()
    with pytest.raises(NodeDied, match="the fake is closed"):
        node.settle()


def test_a_program_outlives_its_wrapper(
    is_gone: Callable[[int], bool], eventually: Callable[[Callable[[], bool]], bool]
) -> None:
    script = "import os, socket, json, time\n" + _WRAPPED
    node = open_child(["/bin/sh", "-c", f'"{sys.executable}" -c "$0"; exit 0', script], what="the wrapped")
    inner = int(node.capabilities.details["pid"])
    assert inner != node.pid
    node.close()
    assert eventually(lambda: is_gone(inner))


_WRAPPED = """
connection = socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])))
hello = {"gen_tck": 1, "token": os.environ["GEN_TCK_TOKEN"], "name": "fake", "version": "1", "profiles": []}
connection.sendall(json.dumps({**hello, "details": {"pid": str(os.getpid())}}).encode() + bytes([10]))
time.sleep(600)
"""


def test_a_child_outlives_a_kit_that_forgets_to_close_it(is_gone: Callable[[int], bool]) -> None:
    program = (
        "import sys; from gen_tck.adapters.child import open_child\n"
        "node = open_child([sys.executable, '-c', sys.argv[1]]); print(node.capabilities.details['pid'])"
    )
    script = "import os, socket, json, time\n" + _WRAPPED
    ended = subprocess.run([sys.executable, "-c", program, script], capture_output=True, text=True, check=True)
    assert is_gone(int(ended.stdout))


def test_ctrl_c_reaches_the_child(fake: Fake) -> None:
    node = fake(_TALK)
    assert os.getpgid(node.pid) != os.getpgid(0)


def test_a_big_message_is_cut(fake: Fake) -> None:
    node = fake(_TALK)
    data = bytes(range(256)) * 40_000
    process = node.spawn()
    call = process.call("m", "returned", [data])
    node.settle()
    assert call.outcome == Returned(data)


def test_an_event_between_answers_disturbs(fake: Fake) -> None:
    node = fake(_TALK)
    assert [node.spawn().pid for _ in range(3)] == [Pid(2), Pid(3), Pid(4)]


def test_an_answer_from_before_clear_is_believed(fake: Fake) -> None:
    node = fake(_TALK)
    call = node.spawn().call("m", "returned", [Atom("late")])
    node.clear()
    with pytest.raises(NodeError, match="an answer to request 2, which is not open: returned"):
        node.settle()
    assert call.outcome is None


# Limits

_ON_REQUEST = "say(hello); a = hear(); "
_TOKEN_WITHOUT_END = "connection.sendall(hello['token'].encode())\nwhile True: connection.sendall(b'x' * 10_000)"
_DEEP_HELLO = "for _ in range(50): hello['name'] = [hello['name']]\nsay(hello); hear()"
_FULL = _ON_REQUEST + "say({'id': a['id'], 'pid': pid}); say({'id': hear()['id'], 'messages': [1] * 11}); hear()"


@pytest.mark.parametrize(
    ("program", "limit", "most", "what"),
    [
        (
            "hello['details'] = {'a': 'x' * 2000}; say(hello); hear()",
            "handshake",
            1000,
            "its handshake has over 1000 b",
        ),
        (_TOKEN_WITHOUT_END, "handshake", 1000, "its handshake has over 1000 bytes"),
        (_DEEP_HELLO, "nesting", 20, "its handshake: nested deeper than 20 levels"),
        (
            _ON_REQUEST + "\nwhile True: connection.sendall(b'x' * 100_000)",
            "line",
            1_000_000,
            "a line has over 1000000",
        ),
        (_ON_REQUEST + "say(b'[' * 200_000); hear()", "nesting", 100, "a line: nested deeper than 100 levels"),
        (_ON_REQUEST + "say({'id': a['id'], 'pid': [0] * 5000}); hear()", "message", 4000, "a line: over 4000 values"),
        (_ON_REQUEST + "\nwhile True: say({'event': 'tick'})", "events", 50, "over 50 events a second"),
        (_FULL, "mailbox", 10, "a mailbox with over 10 messages"),
    ],
)
def test_there_is_no_end_to_what_it_says(fake: Fake, program: str, limit: str, most: int, what: str) -> None:
    with pytest.raises(OverLimit) as error:
        fake(program, **{limit: most}).spawn().mailbox()
    assert error.value.limit == limit
    assert _one_line(error).startswith(f"the fake went too far: {what}")
    assert _one_line(error).endswith(f"(--limit {limit}=N allows more)")


def test_there_is_no_end_to_what_it_prints(fake: Fake) -> None:
    with pytest.raises(OverLimit) as error:
        fake(_ON_REQUEST + "\nwhile True: print('x' * 1000)", output=100_000).spawn()
    why = "printed over 100000 bytes, so it was ended (--limit output=N allows more)"
    assert _one_line(error) == f"the fake {why}"


def test_whole_line_is_too_long_or_not(fake: Fake) -> None:
    padded = "say(json.dumps({'id': a['id'], 'pid': pid}).encode().ljust(%d)); hear()"
    assert fake(_ON_REQUEST + padded % 1000, line=1000).spawn().pid == Pid(1)
    with pytest.raises(OverLimit, match="a line has over 1000 bytes"):
        fake(_ON_REQUEST + padded % 1001, line=1000).spawn()


def test_events_that_were_saved_up_are_a_flood(fake: Fake) -> None:
    node = fake("say(hello)\nfor _ in range(500): say({'event': 'tick'})\na = hear(); say({'id': a['id'], 'pid': pid})")
    node.limits = Limits(events=10)
    assert node.spawn().pid == Pid(1)


def test_words_of_a_child_reach_a_terminal_raw(fake: Fake) -> None:
    node = fake(_ON_REQUEST + "say({'id': a['id'], 'failed': 'no\\n::error::\\x1b[2J' + 'x' * 9999}); hear()")
    with pytest.raises(AdapterError) as error:
        node.spawn()
    begins = r"no\x{a}::error::\x{1b}[2J"
    assert _one_line(error) == f"the fake: {begins.ljust(300, 'x')}..."
