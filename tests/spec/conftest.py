"""Fixtures for the tests of the specification: examples are run on a VM, whichever ``erl`` is named.

Nothing but a connection is shared with the VM, so that ``chroot DIR erl`` works.
"""

from __future__ import annotations

import shlex
import struct
from collections.abc import Callable, Iterable, Sequence
from importlib import resources
from pathlib import Path

import pytest

from gen_tck.adapters.channel import Channel
from gen_tck.adapters.limits import Limits
from gen_tck.adapters.listener import Listener
from gen_tck.adapters.program import Program
from gen_tck.spec.clause import Clause

BOOT = """
{ok, [[Port]]} = init:get_argument(examples),
{ok, Channel} = gen_tcp:connect({127,0,0,1}, list_to_integer(Port), [binary, {active,false}]),
ok = gen_tcp:send(Channel, [os:getenv("GEN_TCK_TOKEN"), "\\n"]),
ok = inet:setopts(Channel, [{packet,4}]),
{ok, Source} = gen_tcp:recv(Channel, 0),
{ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Source)),
Forms = fun
    Next([], [], Done) -> lists:reverse(Done);
    Next([{dot, _} = Dot | Rest], Form, Done) ->
        {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])), Next(Rest, [], [Parsed | Done]);
    Next([Token | Rest], Form, Done) -> Next(Rest, [Token | Form], Done)
end,
{ok, Module, Beam} = compile:forms(Forms(Tokens, [], [])),
{module, _} = code:load_binary(Module, "run_examples.erl", Beam),
Module:main(Channel).
"""
SECONDS = 300.0
"""How long the VM may say nothing. It says more within a minute, whatever the examples do."""
SERIAL = {"system_monitor"}
"""The chapters whose examples change what the whole VM shares: nothing else may run beside them."""
RUNNER = Path(__file__).with_name("run_examples.erl")
ENVIRONMENT = {"ERL_CRASH_DUMP_BYTES": "0"}
# Sockets are polled in one place, so that what is ready first is told first: the preamble's settle() relies on it.
FLAGS = ["+IOs", "false"]


Run = Callable[[str, Iterable[Clause]], "dict[str, str]"]


@pytest.fixture(scope="session")
def run_examples() -> Run:
    """``run_examples(erl, clauses)`` gives what went wrong with the example of each clause: "" if nothing did."""
    return run


def run(erl: str, clauses: Iterable[Clause]) -> dict[str, str]:
    examples = [each for each in clauses if each.example]
    listener = Listener(Limits(start=SECONDS))
    command = [*shlex.split(erl), *FLAGS, "-noinput", "-examples", str(listener.port), "-eval", BOOT]
    child = Program(command, {**ENVIRONMENT, "GEN_TCK_TOKEN": listener.token})
    try:
        channel = listener.admit(child, f"`{erl}`")
        channel.line()
        _send(channel, RUNNER.read_bytes())
        _send(channel, resources.files("gen_tck.spec").joinpath("user_default.erl").read_bytes())
        for each in examples:
            mode = "serial" if each.chapter in SERIAL else "parallel"
            _send(channel, "\0".join([mode, each.id, _place(each), str(each.example_line), each.example]).encode())
        _send(channel, b"")
        return _seen(channel, child, examples)
    finally:
        listener.close()
        child.end()


def _seen(channel: Channel, child: Program, examples: Sequence[Clause]) -> dict[str, str]:
    seen: dict[str, str] = {}
    for _ in examples:
        try:
            (length,) = struct.unpack(">I", channel.take(4, SECONDS))
            frame = channel.take(length, SECONDS)
        except EOFError:
            raise RuntimeError(f"the VM ended: {child.ending()}") from None
        name, _, what = frame.decode().partition("\0")
        seen[name] = what
    return seen


def _place(clause: Clause) -> str:
    """The file as it is named to people."""
    return f"spec/chapters/{Path(clause.file).name}"


def _send(channel: Channel, frame: bytes) -> None:
    channel.send(struct.pack(">I", len(frame)) + frame)
