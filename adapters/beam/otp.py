"""Start a BEAM, whichever ``erl`` is named, and load the agent into it through the connection it dials back.

Nothing but the connection is shared with the VM, so that ``chroot DIR erl`` works. The VM says the token and its
release; the kit sends the agent compiled for it if it has that in its cache, else the source, which the VM compiles and
sends back to be kept.

The token is no argument, as anybody on the machine can read those. It is in the environment, and on standard input for
what is started by something that drops the environment (``sudo``, ``env -i``).
"""

from __future__ import annotations

import os
import shlex
import shutil
import struct
from importlib import resources
from typing import Literal, get_args

from gen_tck.adapters.beam.kept import MOST, kept_module
from gen_tck.adapters.channel import Channel
from gen_tck.adapters.child import ChildNode
from gen_tck.adapters.interface import NodeUnavailable
from gen_tck.adapters.limits import DEFAULTS, Limits
from gen_tck.adapters.listener import Listener
from gen_tck.adapters.namespace import Namespace
from gen_tck.adapters.program import Program
from gen_tck.adapters.starting import Clock
from gen_tck.adapters.wire import PROTOCOL
from gen_tck.spec.printable import shown

Backend = Literal["inet", "socket"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)
OLDEST = 25
_HEADER = struct.Struct(">I")

_BOOT = """
{ok, [[Port, Backend]]} = init:get_argument(gen_tck),
Token = case os:getenv("GEN_TCK_TOKEN") of
    false ->
        Stdin = open_port({fd,0,0}, [in, eof, binary, {line,64}]),
        Told = receive {Stdin, {data, {_, Line}}} -> Line; {Stdin, eof} -> <<>> end,
        port_close(Stdin),
        Told;
    Word ->
        os:unsetenv("GEN_TCK_TOKEN"), list_to_binary(Word)
end,
Load = fun(Beam) -> {module, gen_tck_agent} = code:load_binary(gen_tck_agent, "gen_tck_agent", Beam) end,
Forms = fun
    Next([], [], Done) -> lists:reverse(Done);
    Next([{dot, _} = Dot | Rest], Form, Done) ->
        {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])), Next(Rest, [], [Parsed | Done]);
    Next([Token1 | Rest], Form, Done) -> Next(Rest, [Token1 | Form], Done)
end,
Compile = fun(Source) ->
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Source)),
    {ok, gen_tck_agent, Beam} = compile:forms(Forms(Tokens, [], []), [binary]),
    Beam
end,
try
    {ok, Channel} = gen_tcp:connect({127,0,0,1}, list_to_integer(Port), [binary, {active,false}]),
    ok = gen_tcp:send(Channel, [Token, " ", erlang:system_info(otp_release), "\\n"]),
    ok = inet:setopts(Channel, [{packet,4}]),
    Answer = fun() -> {ok, Frame} = gen_tcp:recv(Channel, 0), Frame end,
    FromText = fun(<<"text", Source/binary>>) ->
        Made = Compile(Source), Load(Made), ok = gen_tcp:send(Channel, Made)
    end,
    case Answer() of
        <<"beam", Beam/binary>> ->
            case catch Load(Beam) of
                {module, _} -> ok = gen_tcp:send(Channel, "good");
                _ -> ok = gen_tcp:send(Channel, "bad"), FromText(Answer())
            end;
        Text -> FromText(Text)
    end,
    ok = gen_tck_agent:start(Channel, Token, list_to_atom(Backend))
catch _:Reason:Stack ->
    io:format("the agent did not start: ~0p ~0p~n", [Reason, lists:sublist(Stack, 2)]), erlang:halt(1, [{flush, true}])
end.
"""

_ENVIRONMENT = {
    # No dumps in the user's folder when a VM crashes: its last words are enough.
    "ERL_CRASH_DUMP_BYTES": "0",
    "ERL_CRASH_DUMP_SECONDS": "0",
}
_FLAGS = "+IOs false +sbwt very_short +sbwtdcpu none +sbwtdio none"
"""Flags for the VM; those that ``--erl`` names win.

``+IOs false``: all sockets are polled in one place, so that readiness is reported in the order in which it came about.
Settling relies on it: without it, 4 of 16,000 settlings on a busy machine ended too early, with it none.
``+sbwt...``: idle schedulers sleep soon instead of spinning, because the kit needs the cores.
"""


def open_otp(backend: Backend, erl: str = "erl", limits: Limits = DEFAULTS) -> ChildNode:
    """Start OTP's ``gen_tcp`` on ``backend``, in the VM that the shell words ``erl`` start (``chroot /opt/otp29 erl``).

    Raises ``NodeUnavailable`` with one line if there is no such command, it is too old, or it does not come up.
    """
    return StartedVm(backend, erl, limits).finish()


class StartedVm:
    """A VM that was started and has not been waited for yet. Whoever has one finishes or ends it."""

    def __init__(
        self, backend: Backend, erl: str = "erl", limits: Limits = DEFAULTS, namespace: Namespace | None = None
    ) -> None:
        """As :func:`open_otp`, in ``namespace`` if there is one. Raises ``NodeUnavailable`` if it cannot be started."""
        self._erl, self._limits, self._namespace = erl, limits, namespace
        self._command = _command(erl)
        self._listener = Listener(limits, namespace)
        try:
            started = self._command if namespace is None else namespace.command(self._command)
            self._child = _start(started, self._listener, backend, limits)
        except BaseException:
            self._listener.close()
            raise

    def finish(self) -> ChildNode:
        """Wait until it is there and has shaken hands. Raises ``NodeError`` if it is not, or does that wrong."""
        child, channel, token = self.connect()
        what = f"the Erlang VM `{self._erl}`"
        node = ChildNode(child, channel, token, what, self._limits, self._namespace)
        node.command = tuple(shlex.split(self._erl))
        return node

    def connect(self) -> tuple[Program, Channel, str]:
        """The VM, which runs the agent, before its handshake, and the token that this will repeat. Raises as above."""
        child, erl = self._child, self._erl
        try:
            channel = self._listener.admit(child, f"`{erl}`")
            _load_agent(channel, child, self._command, erl, self._limits.start)
        except BaseException:
            child.end()
            raise
        finally:
            self._listener.close()
        return child, channel, self._listener.token

    def end(self) -> None:
        """End it, if nobody wants it any more."""
        self._listener.close()
        self._child.end()


def _command(erl: str) -> list[str]:
    try:
        command = shlex.split(erl)
    except ValueError as reason:
        raise NodeUnavailable(f"--erl {erl!r} is no command: {reason}") from None
    if not command:
        raise NodeUnavailable("--erl is empty: name the command that starts Erlang")
    if shutil.which(command[0]) is None:
        if command == ["erl"]:
            raise NodeUnavailable(
                "no `erl` here: install Erlang/OTP 25 or later (Debian: erlang-base) or name one with --erl"
            )
        raise NodeUnavailable(f"no `{command[0]}` here, which --erl names")
    return command


def _start(command: list[str], listener: Listener, backend: Backend, limits: Limits) -> Program:
    flags = f"{_FLAGS} {os.environ.get('ERL_AFLAGS', '')}".strip()
    environment = {**_ENVIRONMENT, "ERL_AFLAGS": flags, "GEN_TCK_TOKEN": listener.token, "GEN_TCK_PROTOCOL": PROTOCOL}
    arguments = ["-noinput", "-gen_tck", str(listener.port), backend, "-eval", _BOOT]
    told = f"{listener.token}\n".encode()
    most = limits.descriptors
    return Program([*command, *arguments], environment, told=told, output=limits.output, descriptors=most)


def _load_agent(channel: Channel, child: Program, command: list[str], erl: str, seconds: float) -> None:
    try:
        release = (channel.line() or b"").decode("latin-1").partition(" ")[2]
        if not (release.isascii() and release.isdigit()) or int(release) < OLDEST:
            raise NodeUnavailable(f"`{erl}` is OTP {shown(release)}; OTP {OLDEST} or later is needed")
        source = resources.files("gen_tck.adapters.beam").joinpath("gen_tck_agent.erl").read_bytes()
        clock = Clock(child.pid)
        kept = kept_module("gen_tck_agent", source, release, command)
        if (beam := kept.read()) is not None:
            _send(channel, b"beam" + beam)
            if _receive(channel, seconds, clock) == b"good":
                return
        _send(channel, b"text" + source)
        kept.keep(_receive(channel, 2 * seconds, clock))
    except TimeoutError:
        raise NodeUnavailable(f"`{erl}` did not answer; it printed {child.output_tail()!r}") from None
    except EOFError:
        child.check_output(f"`{erl}`")
        raise NodeUnavailable(f"`{erl}` ended while it started ({child.ending()})") from None


def _send(channel: Channel, data: bytes) -> None:
    channel.send(_HEADER.pack(len(data)) + data)


def _receive(channel: Channel, seconds: float, clock: Clock) -> bytes:
    (length,) = _HEADER.unpack(channel.take(_HEADER.size, seconds, clock))
    if length > MOST:
        raise NodeUnavailable(f"the Erlang VM sends {length} bytes where a compiled module should come")
    return channel.take(length, seconds, clock)
