"""Speak the wire protocol of gen_tck in Python: one file without dependencies, made to be copied beside an adapter.

A program makes a :class:`Node`, says which functions it offers, and runs it::

    node = Node("my-sockets", "0.1", ["essentials"])

    @node.offers("gen_tcp.recv/2")
    async def recv(process: Process, socket: Term, length: Term) -> Term:
        return ("ok", await take(socket, length))

    node.run()

A function gets the calling process and the arguments; it is plain if it answers at once, a coroutine if it may wait. It
returns a term, or raises :class:`Raised`. Everything happens in one thread: sockets are watched, and timers kept, by
``node.loop``. Processes, mailboxes, links and monitors are here; ``erlang:*`` is offered without being asked for.

Terms are Python's own: an atom is a ``str`` (and ``True`` is ``true``), a binary is ``bytes``, tuples, lists, integers
and floats are what they are, a string of Erlang's is a list of integers. There are classes for what is left.
"""

from __future__ import annotations

import base64
import heapq
import inspect
import json
import os
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar, TypeAlias

__all__ = ["Improper", "Loop", "Map", "Node", "Port", "Process", "Raised", "Reference", "Term", "Waiting"]

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
BUSY_SECONDS = 0.1
"""So long the node tries to come to rest before it says that it has not."""
LONGEST_SECONDS = 3600.0
"""So long the operating system is asked to wait at a time: it cannot count as far as Erlang."""


# Terms


class Handle:
    """What is opaque outside: a pid, a port or a reference. Each is the same as itself alone."""

    kind: ClassVar[str]


class Reference(Handle):
    """What ``make_ref()`` gives; for a monitor also what is watched."""

    kind = "ref"

    def __init__(self, watched: Linked | None = None) -> None:
        self.watched = watched


@dataclass
class Improper:
    """``[1, 2 | tail]``."""

    items: list[Any]
    tail: Any


@dataclass
class Map:
    """A map, as pairs: its keys are any terms, of which Python cannot hash each."""

    pairs: list[tuple[Any, Any]]


Term: TypeAlias = "str | bytes | int | float | tuple[Any, ...] | list[Any] | Improper | Map | Handle"


class Raised(Exception):
    """An exception of Erlang's: ``raise Raised("badarg")``, or with another class, ``exit`` or ``throw``."""

    def __init__(self, reason: Term, kind: str = "error") -> None:
        super().__init__(kind, reason)
        self.kind, self.reason = kind, reason


class Ended(BaseException):
    """The calling process is to end, as in ``erlang:exit/1``."""

    def __init__(self, reason: Term) -> None:
        super().__init__(reason)
        self.reason = reason


class Failed(Exception):
    """A request cannot be done: an error of the program, or of whoever asked."""


# The event loop


class Waiting:
    """Something that is not there yet: whoever awaits it goes on when somebody resolves it, or its time is over."""

    def __init__(self, loop: Loop, timeout: Term = "infinity") -> None:
        """``timeout`` is in milliseconds; when it has passed the result is ``{error, timeout}``."""
        self._loop = loop
        self._wake: Callable[[], None] | None = None
        self.result: Any = None
        self.resolved = False
        if isinstance(timeout, int):
            loop.later(timeout / 1000, lambda: self.resolve(("error", "timeout")))

    def resolve(self, result: Any) -> None:
        """This is the result; later ones do not count."""
        if not self.resolved:
            self.result, self.resolved = result, True
            if self._wake is not None:
                self._loop.soon(self._wake)

    def wakes(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def __await__(self) -> Generator[Waiting, None, Any]:
        if not self.resolved:
            yield self
        return self.result


class Loop:
    """Sockets, timers and what is to be done next, in one thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._ready: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        # What goes round here goes the way of all bytes: once it is back, what was sent before has arrived.
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._out = socket.create_connection(listener.getsockname())
            self._back = listener.accept()[0]
        self._out.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._echoes = 0
        self.watch(self._back, READ, self._echoed)

    def watch(self, file: Any, events: int, act: Callable[[], object]) -> None:
        """Call ``act`` whenever ``file`` is ready for ``events``; none: not any more."""
        watched = file in self._selector.get_map()
        if not events:
            if watched:
                self._selector.unregister(file)
        elif watched:
            self._selector.modify(file, events, act)
        else:
            self._selector.register(file, events, act)

    def soon(self, act: Callable[[], None]) -> None:
        """Call ``act`` next."""
        self._ready.append(act)

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Call ``act`` when ``seconds`` have passed; whoever does not care any more takes no notice then."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), act))

    def turn(self, seconds: float | None) -> int:
        """Wait for something to happen, see to it, and say how much it was. Timers are seen to by :meth:`expire`."""
        events = self._selector.select(seconds if seconds is None else min(seconds, LONGEST_SECONDS))
        for key, _ in events:
            key.data()
            self.drain()
        return len(events)

    def drain(self) -> None:
        """Do what is to be done next, until nothing is."""
        while self._ready:
            self._ready.popleft()()

    def expire(self) -> float | None:
        """See to the timers whose time has come; the seconds until the next."""
        while self._timers and self._timers[0][0] <= time.monotonic():
            heapq.heappop(self._timers)[2]()
            self.drain()
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def is_at_rest(self) -> bool:
        """Come to rest: two rounds in which nothing happens but that a byte comes back which went round before."""
        limit, quiet = time.monotonic() + BUSY_SECONDS, 0
        while quiet < 2:
            if time.monotonic() > limit:
                return False
            self._echoes += 1
            self._out.send(b"x")
            happened = 0
            while self._echoes:
                happened += self.turn(None)
            happened += self.turn(0)
            quiet = quiet + 1 if happened == 1 else 0
        return True

    def _echoed(self) -> None:
        self._echoes -= len(self._back.recv(100))

    def forget(self) -> None:
        """Drop all timers."""
        self._timers.clear()


# Processes and ports


class Linked(Handle):
    """What can be linked and monitored: processes and ports."""

    def __init__(self) -> None:
        self.ended = False
        self.links: set[Linked] = set()
        self.monitors: dict[Reference, Process] = {}

    def signal(self, sender: Handle, reason: Term) -> None:
        """An exit signal comes through a link."""
        raise NotImplementedError

    def ends(self, reason: Term) -> None:
        """Tell all that are linked, or watch."""
        self.ended = True
        links, monitors = self.links, self.monitors
        self.links, self.monitors = set(), {}
        for each in links:
            each.links.discard(self)
            each.signal(self, reason)
        what = "process" if isinstance(self, Process) else "port"
        for reference, process in monitors.items():
            process.send(("DOWN", reference, what, self, reason))


class Port(Linked):
    """A socket, seen from outside: a process owns it, and when that ends, it is closed."""

    kind = "port"

    def __init__(self, owner: Process) -> None:
        super().__init__()
        self.owner = owner
        owner.ports.add(self)

    def give_to(self, owner: Process) -> None:
        """Make another process the owner."""
        self.owner.ports.discard(self)
        self.owner = owner
        owner.ports.add(self)

    def shut(self) -> None:
        """Give back what the port holds of the operating system. It has ended already."""
        raise NotImplementedError

    def close(self, reason: Term = "normal") -> None:
        """End it, once."""
        if not self.ended:
            self.ended = True
            self.owner.ports.discard(self)
            self.shut()
            self.ends(reason)

    def signal(self, sender: Handle, reason: Term) -> None:
        if reason != "normal":
            self.close(reason)


class Process(Linked):
    """A process: an object with a mailbox. ``send`` is how messages get there."""

    kind = "pid"

    def __init__(self) -> None:
        super().__init__()
        self.mailbox: list[Term] = []
        self.ports: set[Port] = set()
        self.traps_exits = False
        self.suspended = False
        """Whether its call is suspended by a busy port."""
        self.call: _Call | None = None

    def send(self, message: Term) -> None:
        """Put a message at the end of the mailbox."""
        if not self.ended:
            self.mailbox.append(message)

    def signal(self, sender: Handle, reason: Term) -> None:
        if self.traps_exits:
            self.send(("EXIT", sender, reason))
        elif reason != "normal":
            self.end(reason)

    def exit(self, sender: Handle, reason: Term) -> None:
        """An exit signal, sent as by ``erlang:exit/2``: nothing keeps off ``kill``."""
        if reason == "kill":
            self.end("killed")
        elif reason == "normal" and sender is self and not self.traps_exits:
            self.end(reason)
        else:
            self.signal(sender, reason)

    def end(self, reason: Term) -> None:
        """It ends: its call, its messages, its ports."""
        if not self.ended:
            self.ended, self.mailbox = True, []
            if self.call is not None:
                self.call.ends(reason)
            for each in list(self.ports):
                each.close(reason)
            self.ends(reason)

    @property
    def status(self) -> str:
        if self.ended:
            return "ended"
        return "idle" if self.call is None else "suspended" if self.suspended else "waiting"


@dataclass(eq=False)
class _Call:
    """A call under way in a process."""

    process: Process
    answer: Callable[[dict[str, Any]], None]
    encode: Callable[[Term], Any]
    coroutine: Coroutine[Waiting, None, Term] | None = field(default=None, init=False)

    def begin(self, function: Callable[..., Any], args: Sequence[Term]) -> None:
        self.process.call = self
        self._go(lambda: function(self.process, *args))

    def _step(self) -> None:
        """The coroutine goes on, unless the process has ended meanwhile."""
        if self.process.call is self and self.coroutine is not None:
            self._go(lambda: self.coroutine)

    def _go(self, result: Callable[[], Any]) -> None:
        try:
            value = result()
            if inspect.iscoroutine(value):
                self.coroutine = value
                value.send(None).wakes(self._step)
                if self.process.call is not self:  # it has ended itself, and went on to wait
                    value.close()
                return
        except StopIteration as done:
            value = done.value
        except Ended as reason:
            self.process.end(reason.reason)
            return
        except Raised as reason:
            self._comes_back({"raised": [reason.kind, self.encode(reason.reason)]})
            return
        except Exception as reason:  # the program's own fault, which is no verdict on anything
            self._comes_back({"failed": f"{type(reason).__name__}: {reason}".replace("\n", " ")})
            return
        self._comes_back({"returned": self.encode(value)})

    def ends(self, reason: Term) -> None:
        """The process ends."""
        coroutine, self.coroutine = self.coroutine, None
        self._comes_back({"ended": self.encode(reason)})
        if coroutine is not None and inspect.getcoroutinestate(coroutine) == inspect.CORO_SUSPENDED:
            coroutine.close()

    def _comes_back(self, outcome: dict[str, Any]) -> None:
        if self.process.call is self:
            self.process.call, self.process.suspended = None, False
            self.answer(outcome)


# The node


class Node:
    """What the kit talks to."""

    def __init__(self, name: str, version: str, profiles: Sequence[str], **capabilities: object) -> None:
        self.loop = Loop()
        self._hello = {"name": name, "version": version, "profiles": list(profiles), "capabilities": capabilities}
        self._functions: dict[str, Callable[..., Any]] = {}
        self._numbers: dict[Handle, int] = {}
        self._handles: dict[int, Handle] = {}
        self._order = count(1)
        self._outside = Process()
        """Who sends the exit signals that the kit asks for."""
        self.names: dict[str, Linked] = {}
        _offer_erlang(self)
        self._helpers = list(self._functions)
        self._in = self._out = -1
        self._received: list[bytes] = []
        self._to_say = bytearray()

    def offers(self, *calls: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Offer a function as each of ``calls``, such as ``gen_tcp.recv/2``."""

        def offer(function: Callable[..., Any]) -> Callable[..., Any]:
            self._functions.update(dict.fromkeys(calls, function))
            return function

        return offer

    def run(self) -> None:
        """Shake hands with the kit and do as it says, until it has enough."""
        self._connect()
        calls = [each for each in self._functions if each not in self._helpers]
        self._say({"gen_tck": 1, "minor": 1, **self._hello, "calls": calls, "helpers": self._helpers})
        while True:
            seconds = self.loop.expire()
            self._flush()
            self.loop.turn(seconds)

    # Lines

    def _connect(self) -> None:
        if "GEN_TCK_PORT" in os.environ:
            kit = socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])))
            kit.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._in = self._out = kit.detach()
            self._hello["token"] = os.environ["GEN_TCK_TOKEN"]
        else:  # transport = "stdio"; what anybody prints goes to standard error
            self._in, self._out = 0, os.dup(1)
            os.dup2(2, 1)
        self.loop.watch(self._in, READ, self._read)

    def _read(self) -> None:
        data = os.read(self._in, 1 << 16)
        if not data:
            sys.exit()
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._request(json.loads(b"".join((*self._received, line))))
            self._received.clear()
            self.loop.drain()
        self._received.append(rest)

    def _say(self, message: dict[str, Any]) -> None:
        self._to_say += json.dumps(message, separators=(",", ":")).encode() + b"\n"

    def _flush(self) -> None:
        while self._to_say:
            del self._to_say[: os.write(self._out, self._to_say)]

    # Requests

    def _request(self, request: dict[str, Any]) -> None:
        number = request["id"]
        try:
            do = getattr(self, f"_do_{request['do']}", None)
            if do is None:
                raise Failed(f"there is no request {request['do']!r}")
            answer = do(request)
        except Failed as reason:
            answer = {"failed": str(reason)}
        if answer is not None:
            self._say({"id": number, **answer})

    def _process(self, request: dict[str, Any]) -> Process:
        found = self._handles.get(request["process"])
        if not isinstance(found, Process):
            raise Failed(f"there is no process {request['process']}")
        return found

    def _do_spawn(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"pid": self.encode(Process())}

    def _do_call(self, request: dict[str, Any]) -> dict[str, Any] | None:
        process = self._process(request)
        args = [self.decode(each) for each in request["args"]]
        name = f"{request['module']}.{request['function']}/{len(args)}"
        if name not in self._functions:
            raise Failed(f"{name} is not offered")
        if process.ended:
            return {"ended": self.encode("noproc")}
        if process.call is not None:
            raise Failed(f"process {request['process']} is in a call")
        number = request["id"]
        _Call(process, lambda outcome: self._say({"id": number, **outcome}), self.encode).begin(
            self._functions[name], args
        )
        return None

    def _do_mailbox(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"messages": [self.encode(each) for each in self._process(request).mailbox]}

    def _do_take(self, request: dict[str, Any]) -> dict[str, Any]:
        del self._process(request).mailbox[: request["count"]]
        return {"ok": True}

    def _do_exit(self, request: dict[str, Any]) -> dict[str, Any]:
        self._process(request).exit(self._outside, self.decode(request["reason"]))
        return {"ok": True}

    def _do_status(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"status": self._process(request).status}

    def _do_settle(self, _: dict[str, Any]) -> dict[str, Any]:
        self.loop.watch(self._in, 0, self._read)  # what the kit asks next has time until then
        rest = self.loop.is_at_rest()
        self.loop.watch(self._in, READ, self._read)
        return {"ok": True, "rest": rest}

    def _do_clear(self, _: dict[str, Any]) -> dict[str, Any]:
        for each in list(self._handles.values()):
            if isinstance(each, Process):
                each.end("killed")
        self.loop.forget()
        self.names.clear()
        self._handles.clear()
        self._numbers.clear()
        return {"ok": True}

    def _do_stop(self, _: dict[str, Any]) -> dict[str, Any]:
        self._flush()
        sys.exit()

    # Terms

    def found(self, item: Term) -> Linked:
        """The process or port that ``item`` is, or is the name of; ``badarg`` if it is neither."""
        target = self.names.get(item) if isinstance(item, str) else item
        if not isinstance(target, Linked) or (isinstance(item, str) and target.ended):
            raise Raised("badarg")
        return target

    def encode(self, term: Term) -> Any:
        """A term as JSON has it; a handle that is new gets a number."""
        match term:
            case bool():
                return {"$a": "true" if term else "false"}
            case int():
                return term
            case str():
                return {"$a": term}
            case bytes() | bytearray():
                return {"$b": base64.b64encode(term).decode()}
            case float():
                return {"$f": repr(term)}
            case tuple():
                return {"$t": [self.encode(each) for each in term]}
            case list():
                return [self.encode(each) for each in term]
            case Improper():
                return {"$i": [[self.encode(each) for each in term.items], self.encode(term.tail)]}
            case Map():
                return {"$m": [[self.encode(key), self.encode(value)] for key, value in term.pairs]}
            case Handle():
                if term not in self._numbers:
                    self._numbers[term] = next(self._order)
                    self._handles[self._numbers[term]] = term
                return {"$h": self._numbers[term], "kind": term.kind}
        raise TypeError(f"this is no term: {term!r}")

    def decode(self, value: Any) -> Term:
        """The term that JSON says."""
        match value:
            case int() | float():
                return value
            case list():
                return [self.decode(each) for each in value]
            case {"$a": str(name)}:
                return name
            case {"$b": str(text)}:
                return base64.b64decode(text)
            case {"$f": str(text)}:
                return float(text)
            case {"$t": list(items)}:
                return tuple(self.decode(each) for each in items)
            case {"$i": [list(items), tail]}:
                return Improper([self.decode(each) for each in items], self.decode(tail))
            case {"$m": list(pairs)}:
                return Map([(self.decode(key), self.decode(value)) for key, value in pairs])
            case {"$h": int(number)} if number in self._handles:
                return self._handles[number]
        raise Failed(f"this is no term, or an unknown handle: {str(value)[:100]}")


def _offer_erlang(node: Node) -> None:
    """The functions of Erlang's own that tests cannot do without."""
    _offer_signals(node)
    _offer_links(node)
    _offer_monitors(node)
    _offer_names(node)

    @node.offers("erlang.monotonic_time/1")
    def monotonic_time(process: Process, unit: Term) -> Term:
        parts = {"second": 1, "millisecond": 10**3, "microsecond": 10**6, "nanosecond": 10**9, "native": 10**9}
        if unit not in parts:
            raise Raised("badarg")
        return time.monotonic_ns() * parts[unit] // 10**9


def _offer_signals(node: Node) -> None:
    @node.offers("erlang.exit/1")
    def exit_(process: Process, reason: Term) -> Term:
        raise Ended(reason)

    @node.offers("erlang.exit/2")
    def exit_other(process: Process, target: Term, reason: Term) -> Term:
        if not isinstance(target, Process):
            raise Raised("badarg")  # a port that takes no exit signals, as the sockets of OTP's socket backend
        target.exit(process, reason)
        return True

    @node.offers("erlang.send/2")
    def send(process: Process, to: Term, message: Term) -> Term:
        receiver = node.found(to)
        if isinstance(receiver, Process):
            receiver.send(message)
        return message

    @node.offers("erlang.process_flag/2")
    def process_flag(process: Process, flag: Term, value: Term) -> Term:
        if flag != "trap_exit" or value not in ("true", "false"):
            raise Raised("badarg")
        before, process.traps_exits = process.traps_exits, value == "true"
        return before


def _offer_links(node: Node) -> None:
    @node.offers("erlang.link/1")
    def link(process: Process, to: Term) -> Term:
        target = node.found(to)
        if target.ended:
            process.signal(target, "noproc")
        elif target is not process:
            process.links.add(target)
            target.links.add(process)
        return True

    @node.offers("erlang.unlink/1")
    def unlink(process: Process, to: Term) -> Term:
        target = node.found(to)
        process.links.discard(target)
        target.links.discard(process)
        return True


def _offer_monitors(node: Node) -> None:
    @node.offers("erlang.monitor/2")
    def monitor(process: Process, what: Term, item: Term) -> Term:
        target = node.found(item)
        reference = Reference(target)
        if target.ended:
            process.send(("DOWN", reference, what, target, "noproc"))
        else:
            target.monitors[reference] = process
        return reference

    @node.offers("erlang.demonitor/1")
    def demonitor(process: Process, reference: Term) -> Term:
        if not isinstance(reference, Reference):
            raise Raised("badarg")
        if reference.watched is not None:
            reference.watched.monitors.pop(reference, None)
        return True


def _offer_names(node: Node) -> None:
    @node.offers("erlang.register/2")
    def register(process: Process, name: Term, item: Term) -> Term:
        taken = isinstance(name, str) and name in node.names and not node.names[name].ended
        if not isinstance(name, str) or not isinstance(item, Linked) or item.ended or taken:
            raise Raised("badarg")
        node.names[name] = item
        return True

    @node.offers("erlang.unregister/1")
    def unregister(process: Process, name: Term) -> Term:
        node.found(name)
        node.names.pop(str(name), None)
        return True
