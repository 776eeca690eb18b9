"""Start a BEAM, whichever ``erl`` is named, and load the agent into it through the connection it dials back.

Nothing but the connection is shared with the VM, so that ``chroot DIR erl`` works. The VM says its release; the kit
sends the agent compiled for it if it has that in its cache, else the source, which the VM compiles and sends back to be
kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import shutil
import struct
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from gen_tck.adapters.channel import Channel, Child, Door
from gen_tck.adapters.child import HANDSHAKE_SECONDS, ChildNode
from gen_tck.adapters.interface import NodeUnavailable

Backend = Literal["inet", "socket"]
OLDEST = 25
_COMPILE_SECONDS = 20.0
_HEADER = struct.Struct(">I")

_BOOT = """
{ok, [[Port, Token, Backend]]} = init:get_argument(gen_tck),
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
    {ok, Channel} = gen_tcp:connect({127,0,0,1}, list_to_integer(Port), [binary, {packet,4}, {active,false}]),
    ok = gen_tcp:send(Channel, [Token, " ", erlang:system_info(otp_release)]),
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
    ok = gen_tck_agent:start(Channel, list_to_binary(Token), list_to_atom(Backend))
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


def open_otp(backend: Backend, erl: str = "erl") -> ChildNode:
    """Start OTP's ``gen_tcp`` on ``backend``, in the VM that the shell words ``erl`` start (``chroot /opt/otp29 erl``).

    Raises ``NodeUnavailable`` with one line if there is no such command, it is too old, or it does not come up.
    """
    command = _command(erl)
    door = Door()
    child = _start(command, door, backend)
    try:
        try:
            channel = door.admit(child, HANDSHAKE_SECONDS, f"`{erl}`")
        finally:
            door.close()
        _load_agent(channel, door.token, child, erl)
    except BaseException:
        child.end()
        raise
    return ChildNode(child, channel, door.token, f"the Erlang VM `{erl}`")


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


def _start(command: list[str], door: Door, backend: Backend) -> Child:
    flags = f"{_FLAGS} {os.environ.get('ERL_AFLAGS', '')}".strip()
    arguments = ["-noinput", "-gen_tck", str(door.port), door.token, backend, "-eval", _BOOT]
    try:
        return Child([*command, *arguments], {**_ENVIRONMENT, "ERL_AFLAGS": flags})
    except BaseException:
        door.close()
        raise


def _load_agent(channel: Channel, token: str, child: Child, erl: str) -> None:
    try:
        said, _, release = _receive(channel, HANDSHAKE_SECONDS).decode("latin-1").partition(" ")
        if said != token:
            raise NodeUnavailable(f"something else than `{erl}` dialled back")
        if not release.isdigit() or int(release) < OLDEST:
            raise NodeUnavailable(f"`{erl}` is OTP {release}; OTP {OLDEST} or later is needed")
        source = resources.files("gen_tck.adapters.beam").joinpath("gen_tck_agent.erl").read_bytes()
        kept = kept_module("gen_tck_agent", source, release)
        if (beam := kept.read()) is not None:
            _send(channel, b"beam" + beam)
            if _receive(channel, HANDSHAKE_SECONDS) == b"good":
                return
        _send(channel, b"text" + source)
        kept.keep(_receive(channel, _COMPILE_SECONDS))
    except TimeoutError:
        raise NodeUnavailable(f"`{erl}` did not answer; it printed {child.last_words()!r}") from None
    except EOFError:
        raise NodeUnavailable(f"`{erl}` ended while it started ({child.ending()})") from None


def _send(channel: Channel, data: bytes) -> None:
    channel.send(_HEADER.pack(len(data)) + data)


def _receive(channel: Channel, seconds: float) -> bytes:
    (length,) = _HEADER.unpack(channel.take(_HEADER.size, seconds))
    return channel.take(length, seconds)


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gen-tck"


@dataclass(frozen=True)
class KeptModule:
    """Where the cache keeps one compiled module."""

    path: Path

    def read(self) -> bytes | None:
        """The compiled module, if it is kept."""
        try:
            return self.path.read_bytes()
        except OSError:
            return None

    def keep(self, beam: bytes) -> None:
        """Write the file whole or not at all. A cache that cannot be written only costs time."""
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.path.parent, delete=False) as file:
                file.write(beam)
            Path(file.name).replace(self.path)


def kept_module(name: str, source: bytes, release: str) -> KeptModule:
    """The place of module ``name``, compiled from ``source`` by ``release``."""
    return KeptModule(_cache_folder() / f"{name}-{hashlib.sha256(source).hexdigest()[:16]}-{release}.beam")
