"""The reference's transition table has a row for what can happen, and no other."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from gen_tck.conformance.explorer.generate.tours import tours
from gen_tck.conformance.explorer.oracle.observed import TRANSITIONS, ObservedNode, Transition
from gen_tck.conformance.explorer.oracle.oracle import Oracle, OracleError
from gen_tck.conformance.explorer.script.script import (
    BULK,
    OTHER,
    OWNER,
    SHORT,
    Exit,
    Setting,
    Sleep,
    Step,
    call,
)
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.reference import file, gen_tcp, inet, prim_inet
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.driver.socket_vm import SocketVm
from gen_tck.reference.system import SimulatedSystem
from gen_tck.reference.vm import Process
from gen_tck.spec.terms import Atom, List, term

SEND = call(OWNER, "gen_tcp", "send", b"abc")

BY_HAND = (
    """
    connect with [binary,{active,true},{exit_on_close,false}]
    peer: fin
    owner: inet:setopts('$socket', [{exit_on_close,true},{packet,4}])
    owner: gen_tcp:unrecv('$socket', <<255,255,255,255>>)
    """,
    """
    connect with [binary,{active,false},{exit_on_close,false}]
    peer: fin
    owner: gen_tcp:recv('$socket', 0)
    owner: inet:setopts('$socket', [{exit_on_close,true},{packet,4}])
    owner: gen_tcp:unrecv('$socket', <<255,255,255,255>>)
    owner: gen_tcp:recv('$socket', 0)
    """,
    """
    connect with [binary,{active,false}], and listen
    owner: gen_tcp:unrecv('$listener', <<"a">>)
    owner: inet:setopts('$listener', [{linger,{true,0}}])
    owner: gen_tcp:close('$listener')
    """,
    """
    connect with [binary,{active,false}], and listen
    owner: prim_inet:async_accept('$listener', -1)
    owner: prim_inet:async_accept('$listener', -1)
    client: connect
    second client: connect
    """,
    """
    connect with [binary,{active,false}]
    owner: gen_tcp:accept('$socket', 0)
    owner: gen_tcp:recv('$socket', 67108865, 0)
    other: gen_tcp:recv('$socket', 0, infinity)
    owner: gen_tcp:recv('$socket', 67108865, 0)
    owner: inet:setopts('$socket', [{active,1}])
    owner: inet:setopts('$socket', [{active,32767}])
    owner: inet:setopts('$socket', [{linger,{true,0}}])
    owner: gen_tcp:close('$socket')
    """,
    """
    connect with [binary,{active,false},{exit_on_close,false}]
    peer: fin
    owner: gen_tcp:recv('$socket', 0, infinity)
    owner: gen_tcp:accept('$socket', 0)
    owner: inet:setopts('$socket', [{linger,{true,0}}])
    owner: gen_tcp:close('$socket')
    """,
    """
    connect with [binary,{active,false}]
    peer: fin
    owner: gen_tcp:recv('$socket', 0, infinity)
    owner: gen_tcp:accept('$socket', 0)
    """,
    """
    connect with [binary,{active,false},{sndbuf,16384},{send_timeout,0}], the peer reads nothing
    owner: gen_tcp:send('$socket', '$bulk')
    owner: gen_tcp:send('$socket', '$bulk')
    """,
    """
    connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
    owner: gen_tcp:send('$socket', '$bulk')
    other: gen_tcp:send('$socket', '$bulk')
    owner: inet:setopts('$socket', [{send_timeout,0}])
    owner: erlang:port_command('$socket', <<"a">>, [force])
    """,
    """
    connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
    owner: gen_tcp:send('$socket', '$bulk')
    owner: gen_tcp:shutdown('$socket', write)
    owner: gen_tcp:shutdown('$socket', write)
    owner: gen_tcp:shutdown('$socket', read)
    """,
    """
    connect with [binary,{active,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
    owner: gen_tcp:send('$socket', '$bulk')
    owner: file:sendfile("my_digits", '$socket')
    trapper: erlang:port_connect('$socket', '$trapper')
    trapper: file:sendfile("my_digits", '$socket')
    """,
    """
    connect with [{active,false},{exit_on_close,false},{sndbuf,16384},{send_timeout,infinity}], the peer reads nothing
    owner: gen_tcp:send('$socket', '$bulk')
    peer: fin
    owner: gen_tcp:recv('$socket', 0, infinity)
    owner: file:sendfile("my_digits", '$socket')
    trapper: erlang:port_connect('$socket', '$trapper')
    trapper: file:sendfile("my_digits", '$socket')
    """,
    """
    connect with [binary,{active,true},{exit_on_close,false}]
    peer: fin
    owner: inet:setopts('$socket', [{exit_on_close,true}])
    owner: gen_tcp:shutdown('$socket', write)
    owner: gen_tcp:send('$socket', <<"a">>)
    """,
)
"""Scripts through transitions that the tours do not go through: what they need is not in the alphabet of the tours."""


class Notes:
    """Notes what sockets go through."""

    def __init__(self) -> None:
        self.passed: list[Transition] = []

    def opened(self, driver: TcpDriver) -> None:
        """Of no interest."""

    def passes(self, machine: TcpDriver, transition: Transition) -> None:
        self.passed.append(transition)


async def ends_twice(self: Process) -> None:
    """What is sent after the end fails when the kernel is asked: scripts wait for that."""
    _, listener = await gen_tcp.listen(self, 0, List())
    _, socket = await gen_tcp.connect(self, term((127, 0, 0, 1)), (await inet.port(self, listener))[1], List())
    await gen_tcp.shutdown(self, socket, Atom("write"))
    await inet.setopts(self, socket, term([("delay_send", True)]))
    await gen_tcp.send(self, socket, b"a")
    await gen_tcp.shutdown(self, socket, Atom("write"))


async def runs_out_of_room(self: Process) -> None:
    """There is no room for a connection, be it waited for or asked for: scripts have not that many sockets."""
    assert isinstance(self.vm, SocketVm)
    self.vm.room = 2
    _, listener = await gen_tcp.listen(self, 0, List())
    await prim_inet.async_accept(self, listener, -1)
    await gen_tcp.connect(self, term((127, 0, 0, 1)), (await inet.port(self, listener))[1], List())
    await self.receive()
    await prim_inet.async_accept(self, listener, -1)


def sends_a_file(how: str) -> Callable[[Process], Coroutine[Any, None, None]]:
    """A file is sent, and its process killed over that."""

    async def program(self: Process) -> None:
        self.vm.timers.start(1, lambda: self.exit_signal(self.pid, Atom("kill")))
        await file.write_file(self, b"my_file", bytes(1 << 20))
        _, listener = await gen_tcp.listen(self, 0, term([("active", False)]))
        options = term([("active", False), ("exit_on_close", how != "half open"), ("sndbuf", 4096)])
        number = (await inet.port(self, listener))[1]
        _, socket = await gen_tcp.connect(self, term((127, 0, 0, 1)), number, options)
        _, other = await gen_tcp.accept(self, listener)
        if how in ("half open", "disconnected"):
            await gen_tcp.shutdown(self, other, Atom("write"))
            await gen_tcp.recv(self, socket, 0)
        if how == "queued":
            await gen_tcp.send(self, socket, bytes(1 << 20))
        await file.sendfile(self, b"my_file", listener if how == "listening" else socket)

    return program


WAYS = ("listening", "connected", "queued", "half open", "disconnected")


def _passed(program: Callable[[Process], Coroutine[Any, None, None]]) -> list[Transition]:
    notes = Notes()
    system = SimulatedSystem(observer=notes)
    system.spawn(program)
    system.advance(10)
    assert system.settle()
    return notes.passed


def _reached() -> set[Transition]:
    oracle = Oracle()
    programs = (ends_twice, runs_out_of_room, *map(sends_a_file, WAYS))
    return {each for program in programs for each in _passed(program)} | {
        each
        for setting, steps in [*tours(), *map(parse, BY_HAND)]
        for _, each in oracle.predict(setting, steps).transition_pairs
    }


def test_nothing_leads_there() -> None:
    assert set(TRANSITIONS) - _reached() == set()


class TimerOutlivesItsPort(TcpDriver):
    def end_their_time(self, _: object) -> None:
        """Left running."""


def test_event_of_a_socket_that_is_gone_goes_unnoticed() -> None:
    setting = Setting(stalled=True, send_timeout=SHORT)
    abort = call(OWNER, "inet", "setopts", [("linger", (True, 0))])
    steps: list[Step] = [abort, call(OTHER, "gen_tcp", "send", BULK), SEND, Exit(OWNER, Atom("kill")), Sleep()]
    Oracle().predict(setting, steps)
    with pytest.raises(OracleError, match=r"NotInTable: .*no row for send_timeout while gone"):
        Oracle(lambda: ObservedNode(TimerOutlivesItsPort)).predict(setting, steps)
