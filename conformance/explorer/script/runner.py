"""A script played on any node through the interface of nodes: the slow way, and the only one for most of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from gen_tck.adapters.interface import Call as CallUnderWay
from gen_tck.adapters.interface import Node, NodeError, Peer, Process, Returned
from gen_tck.conformance.explorer.script.names import Names
from gen_tck.conformance.explorer.script.remote_peer import RemotePeer
from gen_tck.conformance.explorer.script.script import (
    ACTORS,
    CLIENTS,
    FILES,
    LISTENER,
    NAMES,
    OWNER,
    PEERS,
    SECOND,
    SOCKET,
    STALLED_BUFFER,
    TRAPPER,
    WATCHER,
    Call,
    Change,
    Changes,
    Exit,
    Script,
    Setting,
    Sleep,
    Step,
)
from gen_tck.conformance.explorer.script.script import Peer as PeerStep
from gen_tck.conformance.explorer.script.trace import Look, ScriptTrace
from gen_tck.conformance.traces.recorder import Recorder
from gen_tck.spec.terms import Atom, List, Term

_TRAP = (Atom("trap_exit"), Atom("true"))
_ADDRESS = (127, 0, 0, 1)
_OK = Atom("ok")
_SHOWN = {"idle": "running", "waiting": "running", "suspended": "suspended", "ended": "ended"}
"""The status of a process -> what is shown of it: whether it is in a call, the call's coming back shows."""


class CannotBegin(NodeError):
    """The node cannot even do what comes before the first step."""


class Refused(CannotBegin):
    """The node answers what comes before the first step, and not with ``ok``."""


class ScriptRunner:
    """The people and the sockets of one script, on a node."""

    def __init__(self, node: Node, setting: Setting) -> None:
        self.node = node
        self.actors: list[Process] = [self._spawn(name) for name in ACTORS]
        self._pending: dict[int, CallUnderWay] = {}
        self._called = [""] * len(ACTORS)
        self._mailboxes: list[tuple[Term, ...]] = [()] * len(ACTORS)
        self._raw: list[tuple[Term, ...]] = [()] * len(ACTORS)
        self._normal: list[tuple[Term, ...]] = [()] * len(ACTORS)
        self._statuses = ["running"] * len(ACTORS)
        self._offered = node.capabilities.calls
        if self._offers("erlang.process_flag/2"):
            trap = self.actors[TRAPPER].call("erlang", "process_flag", _TRAP)
            self._wait_for(lambda: trap.outcome is not None)
        self._peer_ports: set[int] = set()
        self._socket, peer = self._connect(setting, STALLED_BUFFER if setting.stalled else None)
        self.ends = {0: RemotePeer(peer, PEERS[0], reading=not setting.stalled)}
        """By their places in :data:`PEERS`."""
        names: dict[Term, Atom] = {actor.pid: name for actor, name in zip(self.actors, NAMES, strict=True)}
        names[self._socket] = SOCKET
        if setting.second:
            second, peer = self._connect(setting, None)
            names[second] = SECOND
            self.ends[1] = RemotePeer(peer, PEERS[1])
        if setting.listening:
            listener = self._owner_gets("gen_tcp", "listen", 0, listening(setting))
            names[listener] = LISTENER
            if self._offers("inet.port/1"):
                port = self._owner_gets("inet", "port", listener)
                dial = partial(self.node.network.connect, port)
                self.ends |= {each: RemotePeer(None, PEERS[each], connect=dial) for each in CLIENTS}
        self.names = Names(names, frozenset(self._peer_ports))

    def _spawn(self, name: str) -> Process:
        return self.node.spawn(name) if isinstance(self.node, Recorder) else self.node.spawn()

    def _offers(self, call: str) -> bool:
        return self._offered is None or call in self._offered

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        if not self.node.wait(condition).met:
            raise CannotBegin("the node does not connect, or does not answer process_flag: certify it first")

    def _connect(self, setting: Setting, buffer: int | None) -> tuple[Term, Peer]:
        listener = self.node.network.listen(receive_buffer=buffer)
        self._peer_ports.add(listener.port)
        try:
            socket = self._owner_gets("gen_tcp", "connect", _ADDRESS, listener.port, setting.options())
            peers: list[Peer] = []

            def accepted() -> bool:
                peer = listener.accept()
                if peer is not None:
                    peers.append(peer)
                return bool(peers)

            self._wait_for(accepted)
        finally:
            listener.close()
        return socket, peers[0]

    def _owner_gets(self, module: str, function: str, *args: Term) -> Any:
        call = self.actors[OWNER].call(module, function, args)
        self._wait_for(lambda: call.outcome is not None)
        match call.outcome:
            case Returned((ok, value)) if ok is _OK:
                return value
        raise Refused(f"{module}:{function}: {call.outcome}")

    # Doing

    def applies(self, step: Step) -> bool:
        """Whether ``step`` can be done now: its actor is idle, what it speaks of is there, the peer has what it takes.

        What the node does not offer cannot be done at all; of a script that was drawn for it, that is the last look.
        """
        if isinstance(step, Call):
            if self._offered is not None and f"{step.module}.{step.function}/{len(step.args)}" not in self._offered:
                return False
            if any(each in self.names.to_meet for each in step.args if type(each) is Atom):
                return False
            return self.actors[step.actor].status() == "idle"
        if isinstance(step, Exit):
            return self.actors[step.actor].status() != "ended"
        if isinstance(step, PeerStep):
            return step.which in self.ends and self.ends[step.which].applies(step.what)
        return True

    def do(self, step: Step) -> None:
        """Begin ``step``."""
        if isinstance(step, Call):
            self.begin(step)
        elif isinstance(step, Exit):
            self.actors[step.actor].exit(step.reason)
        elif isinstance(step, PeerStep):
            end = self.ends[step.which]
            end.do(step)
            if end.peer is not None and not end.peer.delivered():
                self.node.wait(end.peer.delivered)
        else:
            self.node.advance(step.milliseconds)

    def begin(self, step: Call) -> CallUnderWay:
        """Begin a call. A file that it sends is there by then."""
        content = FILES.get(step.args[0]) if step.function == "sendfile" else None
        if content is not None:
            writes = self.actors[WATCHER].call("file", "write_file", (step.args[0], content))
            self._wait_for(lambda: writes.outcome is not None)
        call = self.actors[step.actor].call(step.module, step.function, self.names.real(step.args))
        self._pending[step.actor] = call
        self._called[step.actor] = step.function
        return call

    # Looking

    def changes(self) -> Changes:
        """What looks different than at the last :meth:`commit`, in a fixed order; :meth:`read` comes first."""
        found: list[Change] = []
        if self.names.forget_passing():  # of an earlier look, which may have seen messages pass by
            self._raw = [()] * len(ACTORS)
            self._normal = [()] * len(ACTORS)
        for index, actor in enumerate(self.actors):
            call = self._pending.get(index)
            if index == WATCHER and call is None:
                continue  # nobody knows the watcher: nothing happens to it
            if call is not None and call.outcome is not None:
                found.append(("call", index, self.names.outcome(call.outcome, self._called[index])))
            status = _SHOWN[actor.status()]
            if status != self._statuses[index]:
                found.append(("status", index, status))
            if status == "ended":
                continue
            messages = actor.mailbox()
            if messages != self._raw[index]:
                self._raw[index] = messages
                self._normal[index] = tuple([self.names.normal(each) for each in messages])
            if self._normal[index] != self._mailboxes[index]:
                found.append(("mailbox", index, self._normal[index]))
        for end in self.ends.values():
            change = end.change()
            if change is not None:
                found.append(change)
        return tuple(found)

    def commit(self, changes: Changes) -> None:
        """Take ``changes`` for known."""
        self.names.commit()
        for change in changes:
            kind, index, value = change[0], change[1], change[2]
            if kind == "call":
                del self._pending[index]  # type: ignore[arg-type]
            elif kind == "status":
                self._statuses[index] = value  # type: ignore[call-overload]
            elif kind == "mailbox":
                self._mailboxes[index] = value  # type: ignore[call-overload]
            else:
                self.ends[PEERS.index(kind)].commit()

    def read(self) -> bool:
        """Let the peers read what is there; whether there was anything."""
        found = False
        for end in self.ends.values():
            found |= end.read()
        return found

    def discard(self) -> None:
        """End everything."""
        for end in self.ends.values():
            if end.peer is not None:
                end.peer.reset()
        self.node.clear()


def listening(setting: Setting) -> List:
    """The options of ``gen_tcp:listen``."""
    return List([*setting.options(), (Atom("ip"), _ADDRESS)])


def look(runner: ScriptRunner, step: Step, wanted: Changes, waits: bool) -> Changes | None:
    """Do ``step`` and look what changes; ``None`` if it cannot be done.

    ``waits``: whether ``wanted`` may take a moment to come. On a virtual clock it may not: time would pass.
    """
    if not runner.applies(step):
        return None
    runner.do(step)
    node = runner.node
    now: Changes = ()

    def as_wanted() -> bool:
        nonlocal now
        runner.read()
        now = runner.changes()
        return now == wanted

    if wanted and waits:
        node.wait(as_wanted)
    node.settle()
    while runner.read():  # reading makes room for more
        node.settle()
    now = runner.changes()
    runner.commit(now)
    return now


def play(
    node: Node,
    script: Script,
    expected: tuple[Changes, ...],
    waits: bool,
    clock: Callable[[], float] = time.monotonic,
) -> ScriptTrace:
    """Play ``script`` to its end, whatever differs.

    ``expected`` ends with what the last looks see; it is waited for up to the first step at which it does not come.
    ``clock``: seconds, as they pass for the node's timeouts; on a virtual clock a step takes none.
    """
    runner = ScriptRunner(node, script.setting)
    looks: list[Look | None] = []
    try:
        for step, wanted in zip(script.all_steps, expected, strict=True):
            began = clock()
            now = look(runner, step, wanted, waits)
            spent = int(1000 * (clock() - began)) - (step.milliseconds if isinstance(step, Sleep) else 0)
            looks.append(None if now is None else Look(now, max(0, spent) if _is_real(node) else 0))
            waits = waits and now == wanted
    finally:
        runner.discard()
    return ScriptTrace(script, tuple(looks))


def _is_real(node: Node) -> bool:
    return node.capabilities.clock == "real"


__all__ = ["CannotBegin", "Refused", "ScriptRunner", "look", "play"]
