"""What the patterns of ``*.scripts.toml`` are held against, to the letter: no line of this file ever changes.

A new class of differences or causes gets new lines.
"""

from __future__ import annotations

from typing import get_args

import pytest

from gen_tck.adapters.interface import Ended, Outcome, Raised, Returned
from gen_tck.conformance.explorer.findings.comparison import cause_of
from gen_tck.conformance.explorer.findings.differences import (
    DataDiffers,
    Difference,
    EndDiffers,
    Function,
    MailboxDiffers,
    MessageDiffers,
    OutcomeDiffers,
    StatusDiffers,
)
from gen_tck.conformance.explorer.findings.judge import judge
from gen_tck.conformance.explorer.findings.legacy_key import cause_key, difference_key, legacy_key
from gen_tck.conformance.explorer.oracle.admits import Impossible
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.conformance.explorer.script.script import Change, Changes
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.spec.term_text import read_all

RECV, ASYNC_RECV, SEND, COMMAND, GETOPTS = (
    Function(*each.split(":"))
    for each in ("gen_tcp:recv", "prim_inet:async_recv", "gen_tcp:send", "erlang:port_command", "inet:getopts")
)


def _outcome(text: str | None) -> Outcome | None:
    if text is None:
        return None
    how, _, value = text.partition(" ")
    if how == "raised":
        kind, _, value = value.partition(" ")
        return Raised(kind, read_all(value))
    return Returned(read_all(value)) if how == "returned" else Ended(read_all(value))


def _call(function: Function | None, allowed: str | None, seen: str | None) -> Difference:
    return OutcomeDiffers(1, 0, function, _outcome(allowed), _outcome(seen))


def _message(allowed: str | None, seen: str | None) -> Difference:
    return MessageDiffers(1, 2, *(None if each is None else read_all(each) for each in (allowed, seen)))


DIFFERENCES: list[tuple[Difference, str]] = [
    (_call(RECV, "returned {error,closed}", None), "gen_tcp:recv not {error,closed}"),
    (_call(RECV, 'returned {ok,<<"abc">>}', None), "gen_tcp:recv not {ok,DATA}"),
    (_call(RECV, "returned {ok,<<>>}", None), "gen_tcp:recv not {ok,<<>>}"),
    (_call(RECV, "returned {ok,[97,0,98]}", None), "gen_tcp:recv not {ok,[N,0,N]}"),
    (_call(RECV, "ended killed", None), "gen_tcp:recv not ended killed"),
    (_call(SEND, "raised error badarg", None), "gen_tcp:send not raised error badarg"),
    (_call(None, "returned ok", None), "a call not ok"),
    (
        _call(RECV, "returned {error,timeout}", "returned {error,ealready}"),
        "gen_tcp:recv {error,timeout} but {error,ealready}",
    ),
    (_call(RECV, "returned {ok,<<1>>}", "returned {ok,<<2,3>>}"), "gen_tcp:recv {ok,DATA} but {ok,DATA}"),
    (_call(SEND, "returned ok", "returned {error,{timeout,<<1>>}}"), "gen_tcp:send ok but {error,{timeout,DATA}}"),
    (_call(SEND, "returned ok", "returned {error,{timeout,<<>>}}"), "gen_tcp:send ok but {error,{timeout,<<>>}}"),
    (
        _call(ASYNC_RECV, "returned {error,einval}", "returned {ok,{'$number',3}}"),
        "prim_inet:async_recv {error,einval} but {ok,{NUMBER,N}}",
    ),
    (_call(COMMAND, "returned true", "raised error badarg"), "erlang:port_command true but raised error badarg"),
    (_call(COMMAND, "raised error badarg", "ended normal"), "erlang:port_command raised error badarg but ended normal"),
    (_call(GETOPTS, "returned {ok,[{active,-1}]}", "returned {ok,[]}"), "inet:getopts {ok,[{active,-1}]} but {ok,[]}"),
    (
        _call(GETOPTS, "returned {ok,[{active,2},{packet,0}]}", "returned {error,einval}"),
        "inet:getopts {ok,[{active,N},{packet,0}]} but {error,einval}",
    ),
    (_call(GETOPTS, "returned #{a => 1}", "returned [a|b]"), "inet:getopts #{a => 1} but [a|b]"),
    (_call(GETOPTS, "returned -1.5", "returned 'Not plain'"), "inet:getopts -1.5 but 'Not plain'"),
    (_call(RECV, "returned {'$owner','$second'}", "returned '$bulk'"), "gen_tcp:recv {OWNER,SOCKET} but BULK"),
    (_call(RECV, None, "returned {ok,<<1>>}"), "gen_tcp:recv returns unasked {ok,DATA}"),
    (_call(RECV, None, "returned {error,timeout}"), "gen_tcp:recv returns unasked {error,timeout}"),
    (_call(RECV, None, "ended shutdown"), "gen_tcp:recv returns unasked ended shutdown"),
    (_call(RECV, None, "raised exit {a,7}"), "gen_tcp:recv returns unasked raised exit {a,N}"),
    (_call(None, None, "returned ok"), "a call returns unasked ok"),
    (_message("{tcp_closed,'$socket'}", None), "no {tcp_closed,SOCKET}"),
    (_message("{tcp,'$socket',<<1,2>>}", None), "no {tcp,SOCKET,DATA}"),
    (_message("{tcp,'$listener',[1,2]}", None), "no {tcp,SOCKET,[N,N]}"),
    (_message("{inet_reply,'$socket',ok}", None), "no {inet_reply,SOCKET,ok}"),
    (_message("hello", None), "no hello"),
    (_message("{tcp,'$socket',<<1>>}", "{tcp,'$socket',<<>>}"), "{tcp,SOCKET,DATA} but {tcp,SOCKET,<<>>}"),
    (
        _message(
            "{inet_async,'$socket',{'$number',1},{error,closed}}", "{inet_async,'$socket',{'$number',1},{ok,<<1>>}}"
        ),
        "{inet_async,SOCKET,{NUMBER,N},{error,closed}} but {inet_async,SOCKET,{NUMBER,N},{ok,DATA}}",
    ),
    (
        _message("{inet_reply,'$socket',ok}", "{inet_reply,'$socket',ok,'$ref'}"),
        "{inet_reply,SOCKET,ok} but {inet_reply,SOCKET,ok,REF}",
    ),
    (_message(None, "{tcp_passive,'$second'}"), "a {tcp_passive,SOCKET}"),
    (_message(None, "{tcp_error,'$socket',econnreset}"), "a {tcp_error,SOCKET,econnreset}"),
    (_message(None, "{'EXIT','$port',normal}"), "a {'EXIT',PORT,normal}"),
    (_message(None, "{'DOWN','$ref',port,'$socket',normal}"), "a {'DOWN',REF,port,SOCKET,normal}"),
    (_message(None, "{monitor,'$trapper',busy_port,'$socket'}"), "a {monitor,TRAPPER,busy_port,SOCKET}"),
    (_message(None, "{#{'$socket' => <<1>>}}"), "a {#{'$socket' => <<1>>}}"),
    (
        MailboxDiffers(1, 0, (read_all("a"), read_all("b")), (read_all("b"), read_all("a"))),
        "messages in another order or with other data",
    ),
    (StatusDiffers(1, 1, "ended", None), "no process ended"),
    (StatusDiffers(1, 1, "running", "ended"), "no process running"),
    (StatusDiffers(1, 1, None, "suspended"), "a process suspended"),
    (StatusDiffers(1, 0, None, "outlived"), "a process outlived"),
    (EndDiffers(1, "peer", "open", "fin"), "the peer sees fin, not open"),
    (EndDiffers(1, "second peer", "fin", "reset"), "the peer sees reset, not fin"),
    (EndDiffers(1, "peer", "fin", "open"), "the peer sees open, not fin"),
    (DataDiffers(1, "peer", (b"abc",), ()), "the peer reads other data"),
    (DataDiffers(1, "second peer", (), (("zeros", 1), b"x")), "the peer reads other data"),
]


@pytest.mark.parametrize(("difference", "key"), DIFFERENCES, ids=[key for _, key in DIFFERENCES])
def test_key_of_a_difference_is_another(difference: Difference, key: str) -> None:
    assert difference_key(difference) == key


def test_class_of_differences_has_no_key_here() -> None:
    assert len(DIFFERENCES) >= 40
    assert {type(each) for each, _ in DIFFERENCES} == set(get_args(Difference))


SETTING = "connect with [binary,{active,false}], and a second time, and listen"
CAUSES = [
    ("owner: gen_tcp:recv('$socket', 0, infinity)", "gen_tcp:recv(0, infinity)"),
    ("trapper: gen_tcp:recv('$second', 3, 250)", "gen_tcp:recv(N, N)"),
    ("owner: gen_tcp:close('$socket')", "gen_tcp:close()"),
    ("other: gen_tcp:close('$listener')", "gen_tcp:close() of the listener"),
    ("owner: gen_tcp:accept('$listener', 0)", "gen_tcp:accept(0) of the listener"),
    ("owner: gen_tcp:send('$socket', '$bulk')", "gen_tcp:send(BULK)"),
    ("owner: gen_tcp:send('$socket', <<>>)", "gen_tcp:send(<<>>)"),
    ("owner: gen_tcp:controlling_process('$socket', '$trapper')", "gen_tcp:controlling_process(TRAPPER)"),
    ("owner: inet:setopts('$socket', [{active,-1},{packet,4}])", "inet:setopts([{active,-1},{packet,N}])"),
    ("owner: inet:getopts('$socket', [active])", "inet:getopts([active])"),
    ("owner: prim_inet:async_recv('$socket', 0, -1)", "prim_inet:async_recv(0, -1)"),
    ("owner: erlang:port_command('$socket', <<\"pn\">>, [nosuspend])", "erlang:port_command(DATA, [nosuspend])"),
    ("owner: erlang:system_monitor('$owner', [busy_port])", "erlang:system_monitor(OWNER, [busy_port])"),
    ("owner: erlang:system_monitor()", "erlang:system_monitor()"),
    ("owner gets exit signal kill", "the owner gets kill"),
    ("trapper gets exit signal 'Not plain'", "the process gets 'Not plain'"),
    ("peer: send <<1,2>>", "peer: send"),
    ("second peer: reset", "peer: reset"),
    ("350 ms pass", "time passes"),
]


@pytest.mark.parametrize(("step", "key"), CAUSES, ids=[key for _, key in CAUSES])
def test_key_of_a_cause_is_another(step: str, key: str) -> None:
    (made,) = parse(f"{SETTING}\n{step}").steps
    assert cause_key(cause_of((made,), 0)) == key


def test_key_of_the_end_is_another() -> None:
    assert cause_key(cause_of((), 0)) == "the end of the script"


# Whole findings

BUSY = """
connect with [binary,{active,true},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
owner: gen_tcp:send('$socket', '$bulk')
other: gen_tcp:send('$socket', '$bulk')
trapper: erlang:port_command('$socket', <<"pf">>, [force])
peer: read
peer: send <<"abc">>
owner gets exit signal kill
"""
BUSY_LINES = (
    "connect with [binary,{active,true},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing",
    "owner: gen_tcp:send('$socket', '$bulk') => gen_tcp:send by owner returned ok",
    "other: gen_tcp:send('$socket', '$bulk') => nothing",
    "trapper: erlang:port_command('$socket', <<\"pf\">>, [force]) => erlang:port_command by trapper returned true",
    "peer: read => gen_tcp:send by other returned ok; trapper holds {inet_reply,'$socket',ok}; "
    'peer reads 2 lots of zeros <<"pf">>, open',
    'peer: send <<"abc">> => owner holds {tcp,\'$socket\',<<"abc">>}',
    "owner gets exit signal kill => owner ended; peer reads nothing, fin",
    "watcher: inet:getopts('$socket', [active]) => inet:getopts by watcher returned {error,einval}",
)
SEVERAL = """
connect with [binary,{active,once},{packet,line}], and a second time, and listen
other: gen_tcp:accept('$listener', infinity)
second peer: send <<"a\\n">>
peer: fin
"""
SEVERAL_LINES = (
    "connect with [binary,{active,once},{packet,line}], and a second time, and listen",
    "other: gen_tcp:accept('$listener', infinity) => nothing",
    "second peer: send <<97,10>> => owner holds {tcp,'$second',<<97,10>>}",
    "peer: fin => owner holds {tcp,'$second',<<97,10>>}, {tcp_closed,'$socket'}; peer reads nothing, fin",
)


def _holds(actor: int, *messages: str) -> Change:
    return ("mailbox", actor, tuple(map(read_all, messages)))


def _ended(actor: int, reason: str) -> Change:
    return ("call", actor, ("ended", read_all(reason)))


@pytest.mark.parametrize(
    ("text", "step", "seen", "cause", "differences", "lines"),
    [
        (
            BUSY,
            1,
            (("call", 1, ("returned", read_all("ok"))), _holds(2, "{x,1}")),
            "gen_tcp:send(BULK)",
            ("gen_tcp:send returns unasked ok", "a {x,N}"),
            BUSY_LINES,
        ),
        (
            BUSY,
            3,
            (("status", 2, "suspended"), ("peer", (("zeros", 2), ("zeros", "some"), b"ab"), "reset")),
            "peer: read",
            (
                "gen_tcp:send not ok",
                "no {inet_reply,SOCKET,ok}",
                "the peer sees reset, not open",
                "a process suspended",
            ),
            BUSY_LINES,
        ),
        (
            BUSY,
            4,
            (_holds(0, *(f"{{tcp,'$socket',<<{each}>>}}" for each in ('"abc"', 7, 8)), "{tcp_closed,'$socket'}"),),
            "peer: send",
            ("a {tcp,SOCKET,DATA}", "a {tcp_closed,SOCKET}"),
            BUSY_LINES,
        ),
        (
            BUSY,
            5,
            (("call", 3, ("raised", "error", read_all("badarg"))),),
            "the owner gets kill",
            ("no process ended", "the peer sees open, not fin", "a call returns unasked raised error badarg"),
            BUSY_LINES,
        ),
        (BUSY, 7, (("status", 0, "outlived"),), "the end of the script", ("a process outlived",), BUSY_LINES),
        (
            SEVERAL,
            1,
            (_holds(0, "{tcp,'$second',<<98,10>>}"),),
            "peer: send",
            ("messages in another order or with other data",),
            SEVERAL_LINES,
        ),
        (
            SEVERAL,
            2,
            (_holds(0, "{tcp_error,'$socket',econnreset}", "{tcp,'$second',<<97,10>>}"), _ended(1, "killed")),
            "peer: fin",
            (
                "no {tcp_closed,SOCKET}",
                "a {tcp_error,SOCKET,econnreset}",
                "the peer sees open, not fin",
                "gen_tcp:accept returns unasked ended killed",
            ),
            SEVERAL_LINES,
        ),
    ],
)
def test_key_of_a_finding_is_another(
    text: str, step: int, seen: Changes, cause: str, differences: tuple[str, ...], lines: tuple[str, ...]
) -> None:
    finding = judge(Impossible(Oracle().predict(*parse(text)), step, seen))
    assert finding is not None
    kind, parts, shown = legacy_key(finding)
    assert kind == f"{cause}: {'; '.join(differences)}"
    assert parts == tuple(f"{cause}: {each}" for each in differences)
    assert shown == lines[: step + 2]
