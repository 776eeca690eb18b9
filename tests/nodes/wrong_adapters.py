"""A small adapter that speaks the wire protocol as it should, and others, each of which makes one mistake.

``python3 wrong_adapters.py sound`` plays the right one; :data:`FAULTS` lists the others, by name. It has processes,
mailboxes, the calls that ``gen-tck check`` makes, and real sockets, in one event loop without threads.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import selectors
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
OK: Json = {"$a": "ok"}
BADARG: Json = {"raised": ["error", {"$a": "badarg"}]}


class Failed(Exception):
    """A request cannot be done."""


@dataclass
class Process:
    """A process: an object, in a program of one thread."""

    number: int
    mailbox: list[Any] = field(default_factory=list)
    call: int | None = None
    """The id of the call under way."""
    timeout: float | None = None
    traps: bool = False
    ended: bool = False
    listener: socket.socket | None = None
    """Where its call waits for a connection."""


class Adapter:
    """The right one."""

    profiles: tuple[str, ...] = ("essentials",)
    version = 1
    restarts = False
    """Whether it is started anew at each clear."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.kit = socket.create_connection((os.environ["GEN_TCK_HOST"], int(os.environ["GEN_TCK_PORT"])))
        self.selector.register(self.kit, selectors.EVENT_READ)
        self.received = b""
        self.handles = 0
        self.processes: dict[int, Process] = {}
        self.sockets: dict[int, socket.socket] = {}
        self.owners: dict[socket.socket, tuple[Process, int]] = {}

    # Lines

    def run(self) -> None:
        """Shake hands and serve."""
        self.say(
            {
                "gen_tck": self.version,
                "token": os.environ["GEN_TCK_TOKEN"],
                "name": "wrong-adapter",
                "version": "1",
                "profiles": list(self.profiles),
                **self.further(),
            }
        )
        while True:
            self.turn(self.next_timeout())

    def further(self) -> Json:
        """What else is told in the handshake."""
        return {}

    def turn(self, seconds: float | None) -> bool:
        """Wait for something, and see to it; whether there was something of a socket."""
        ready = [key.fileobj for key, _ in self.selector.select(seconds)]
        for each in ready:
            if each is not self.kit:
                self.see_to(each)
        if self.kit in ready:
            data = self.kit.recv(65536)
            if not data:
                self.hung_up()
            self.take_in(data)
        self.expire()
        return any(each is not self.kit for each in ready)

    def hung_up(self) -> None:
        sys.exit()

    def take_in(self, data: bytes) -> None:
        *lines, self.received = (self.received + data).split(b"\n")
        for each in lines:
            self.request(json.loads(each))

    def request(self, request: Json) -> None:
        try:
            do = getattr(self, f"do_{request['do']}", None)
            if do is None:
                answer: Json | None = self.unknown_request(request)
            else:
                answer = do(request)
        except Failed as reason:
            answer = {"failed": str(reason)}
        if answer is not None:
            self.answer(request["id"], answer)

    def unknown_request(self, request: Json) -> Json | None:
        raise Failed("no such request")

    def answer(self, number: int, answer: Json) -> None:
        self.say({"id": number, **answer})

    def say(self, message: Json) -> None:
        self.kit.sendall(json.dumps(message).encode() + b"\n")

    # Processes

    def new_number(self) -> int:
        self.handles += 1
        return self.handles

    def process(self, request: Json) -> Process:
        try:
            return self.processes[request["process"]]
        except KeyError:
            raise Failed("no such process") from None

    def do_spawn(self, request: Json) -> Json | None:
        made = Process(self.new_number())
        self.processes[made.number] = made
        return {"pid": {"$h": made.number, "kind": "pid"}}

    def do_status(self, request: Json) -> Json | None:
        process = self.process(request)
        return {"status": "ended" if process.ended else "idle" if process.call is None else "waiting"}

    def do_mailbox(self, request: Json) -> Json | None:
        return {"messages": self.process(request).mailbox}

    def do_take(self, request: Json) -> Json | None:
        del self.process(request).mailbox[: request["count"]]
        return {"ok": True}

    def do_exit(self, request: Json) -> Json | None:
        process, reason = self.process(request), request["reason"]
        if reason == {"$a": "kill"}:
            self.end(process, {"$a": "killed"})
        elif process.traps:
            process.mailbox.append({"$t": [{"$a": "EXIT"}, {"$h": process.number, "kind": "pid"}, reason]})
        elif reason != {"$a": "normal"}:
            self.end(process, reason)
        return {"ok": True}

    def end(self, process: Process, reason: Any) -> None:
        process.ended, process.mailbox = True, []
        self.comes_back(process, {"ended": reason})

    def comes_back(self, process: Process, outcome: Json) -> None:
        number, process.call, process.timeout = process.call, None, None
        self.forget_waiting(process)
        if number is not None:
            self.answer(number, outcome)

    def forget_waiting(self, process: Process) -> None:
        if process.listener is not None and process.listener in self.owners:
            self.selector.unregister(process.listener)
            del self.owners[process.listener]
        process.listener = None

    def do_settle(self, request: Json) -> Json | None:
        while self.rest_to_do():
            pass
        return {"ok": True}

    def rest_to_do(self) -> bool:
        ready = [key.fileobj for key, _ in self.selector.select(0) if key.fileobj is not self.kit]
        for each in ready:
            self.see_to(each)
        return bool(ready)

    def do_clear(self, request: Json) -> Json | None:
        for each in self.processes.values():
            each.call = None
            self.forget_waiting(each)
        self.processes.clear()
        self.close_sockets()
        return {"ok": True}

    def close_sockets(self) -> None:
        for each in self.owners:
            self.selector.unregister(each)
        self.owners.clear()
        for each in self.sockets.values():
            each.close()
        self.sockets.clear()

    def do_stop(self, request: Json) -> Json | None:
        sys.exit()

    # Calls

    def do_call(self, request: Json) -> Json | None:
        process = self.process(request)
        call = getattr(self, f"call_{request['module']}_{request['function']}", None)
        if call is None:
            return self.unknown_function(process)
        self.see_handles(request["args"])
        if process.ended:
            return self.had_ended()
        process.call = request["id"]
        outcome: Json | None = call(process, *request["args"])
        if outcome is not None:
            self.comes_back(process, outcome)
        return None

    def unknown_function(self, process: Process) -> Json | None:
        raise Failed("no such function")

    def had_ended(self) -> Json | None:
        return {"ended": {"$a": "noproc"}}

    def see_handles(self, value: Any) -> None:
        if isinstance(value, list):
            for each in value:
                self.see_handles(each)
        elif isinstance(value, dict):
            if not 0 < value.get("$h", 1) <= self.handles:
                raise Failed("no such handle")
            self.see_handles(list(value.values()))

    def term(self, value: Any) -> Any:
        """A term that goes back to the kit."""
        return value

    def call_erlang_exit(self, process: Process, reason: Any) -> Json | None:
        self.end(process, self.term(reason))
        return None

    def call_erlang_send(self, process: Process, to: Json, message: Any) -> Json | None:
        receiver = self.processes.get(to.get("$h", 0))
        if receiver is None:
            return self.raises(process)
        if not receiver.ended:
            self.deliver(receiver, message)
        return {"returned": message}

    def raises(self, process: Process) -> Json | None:
        return BADARG

    def deliver(self, receiver: Process, message: Any) -> None:
        receiver.mailbox.append(message)

    def call_erlang_process_flag(self, process: Process, flag: Json, value: Json) -> Json | None:
        process.traps = value == {"$a": "true"}
        return {"returned": {"$a": "false"}}

    def call_gen_tcp_listen(self, process: Process, port: int, options: Any) -> Json | None:
        return {"returned": {"$t": [OK, self.socket(socket.create_server(("127.0.0.1", port)))]}}

    def socket(self, made: socket.socket) -> Json:
        number = self.new_number()
        self.sockets[number] = made
        return {"$h": number, "kind": "port"}

    def call_inet_port(self, process: Process, of: Json) -> Json | None:
        return {"returned": {"$t": [OK, self.sockets[of["$h"]].getsockname()[1]]}}

    def call_gen_tcp_accept(self, process: Process, at: Json, timeout: Any) -> Json | None:
        process.listener = self.sockets[at["$h"]]
        self.owners[process.listener] = (process, 0)
        self.selector.register(process.listener, selectors.EVENT_READ)
        process.timeout = time.monotonic() + timeout / 1000 if isinstance(timeout, int) else None
        return None

    # What comes of itself

    def see_to(self, ready: Any) -> None:
        """A socket has something."""
        process, number = self.owners[ready]
        if number:
            data = ready.recv(65536)
            if not data:
                self.selector.unregister(ready)
                del self.owners[ready]
                return
            content = {"$b": base64.b64encode(data).decode()}
            self.arrived(process, {"$t": [{"$a": "tcp"}, {"$h": number, "kind": "port"}, content]})
        else:
            connection, _ = ready.accept()
            handle = self.socket(connection)
            self.owners[connection] = (process, handle["$h"])
            self.selector.register(connection, selectors.EVENT_READ)
            self.comes_back(process, {"returned": {"$t": [OK, handle]}})

    def arrived(self, process: Process, message: Json) -> None:
        self.deliver(process, message)

    def next_timeout(self) -> float | None:
        times = [each.timeout for each in self.processes.values() if each.timeout is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def expire(self) -> None:
        for each in list(self.processes.values()):
            if each.timeout is not None and each.timeout <= time.monotonic():
                self.comes_back(each, {"returned": {"$t": [{"$a": "error"}, {"$a": "timeout"}]}})


class Drains(Adapter):
    """The right one, of mailboxes that can only be drained, and of those of idle processes."""

    def further(self) -> Json:
        return {"minor": 1, "capabilities": {"mailbox": "drain"}}

    def do_mailbox(self, request: Json) -> Json | None:
        raise Failed("mailboxes can only be drained")

    def do_take(self, request: Json) -> Json | None:
        process = self.process(request)
        if process.call is not None:
            return self.in_call(process)
        return {"messages": self.drained(process)}

    def in_call(self, process: Process) -> Json | None:
        raise Failed("a call would lose its messages")

    def drained(self, process: Process) -> list[Any]:
        messages, process.mailbox = process.mailbox, []
        return messages


class StartsAnew(Adapter):
    """The right one, which cannot clear."""

    restarts = True

    def do_clear(self, request: Json) -> Json | None:
        raise Failed("it cannot clear")


SOUND: dict[str, type[Adapter]] = {"sound": Adapter, "sound-drains": Drains, "sound-starts-anew": StartsAnew}
"""The right ones."""
FAULTS: dict[str, tuple[str, type[Adapter]]] = {}
"""Of each fault: the exchange that names it, and who has it."""


def fault(exchange: str) -> Callable[[type[Adapter]], type[Adapter]]:
    """Add an adapter with a fault, named for its class."""

    def add(kind: type[Adapter]) -> type[Adapter]:
        FAULTS[kind.__name__.replace("_", "-")] = exchange, kind
        return kind

    return add


def swapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """``value`` with ``change`` made to each part of it, the innermost first."""
    if isinstance(value, dict):
        value = {name: swapped(each, change) for name, each in value.items()}
    elif isinstance(value, list):
        value = [swapped(each, change) for each in value]
    return change(value)


# Handshake and lines


@fault("shakes-hands")
class speaks_version_2(Adapter):  # noqa: N801 - the names of all these are those of their faults
    version = 2


@fault("shakes-hands")
class claims_what_there_is_not(Adapter):  # noqa: N801
    profiles = ("essentials", "quantum-sockets")


@fault("answers-each-request-once")
class answers_twice(Adapter):  # noqa: N801
    def answer(self, number: int, answer: Json) -> None:
        for _ in range(2):
            super().answer(number, answer)


@fault("answers-each-request-once")
class forgets_to_answer_exit(Adapter):  # noqa: N801
    def do_exit(self, request: Json) -> None:
        super().do_exit(request)


@fault("answers-each-request-once")
class writes_ids_as_text(Adapter):  # noqa: N801
    def say(self, message: Json) -> None:
        super().say({**message, "id": str(message["id"])} if "id" in message else message)


@fault("answers-each-request-once")
class adds_an_empty_line(Adapter):  # noqa: N801
    def answer(self, number: int, answer: Json) -> None:
        super().answer(number, answer)
        self.kit.sendall(b"\n")


@fault("takes-any-id")
class keeps_32_bits_of_an_id(Adapter):  # noqa: N801
    def answer(self, number: int, answer: Json) -> None:
        super().answer(number & 0xFFFFFFFF, answer)


@fault("takes-requests-together")
class answers_the_first_of_a_read(Adapter):  # noqa: N801
    def take_in(self, data: bytes) -> None:
        *lines, self.received = (self.received + data).split(b"\n")
        for each in lines[:1]:
            self.request(json.loads(each))


@fault("takes-a-request-in-pieces")
class takes_a_read_for_a_line(Adapter):  # noqa: N801
    def take_in(self, data: bytes) -> None:
        for each in data.splitlines():
            try:
                request = json.loads(each)
            except ValueError:
                continue
            self.request(request)


@fault("takes-long-lines")
class has_a_short_buffer(Adapter):  # noqa: N801
    def take_in(self, data: bytes) -> None:
        super().take_in(data)
        self.received = self.received[:500_000]


@fault("an-unknown-request-fails")
class ends_at_an_unknown_request(Adapter):  # noqa: N801
    def unknown_request(self, request: Json) -> None:
        sys.exit(f"what is {request['do']}?")


# Processes


@fault("spawn-gives-a-new-pid")
class spawns_one_process(Adapter):  # noqa: N801
    def do_spawn(self, request: Json) -> Json | None:
        if not self.processes:
            super().do_spawn(request)
        return {"pid": {"$h": next(iter(self.processes)), "kind": "pid"}}


@fault("a-new-process-is-idle")
class begins_with_a_message(Adapter):  # noqa: N801
    def do_spawn(self, request: Json) -> Json | None:
        answer = super().do_spawn(request)
        self.processes[self.handles].mailbox.append(OK)
        return answer


@fault("an-unknown-process-fails")
class makes_an_unknown_process(Adapter):  # noqa: N801
    def process(self, request: Json) -> Process:
        unknown = request["process"] > 900_000_000
        return Process(0) if unknown else super().process(request)


@fault("exit-ends-a-process")
class survives_kill(Adapter):  # noqa: N801
    def do_exit(self, request: Json) -> Json | None:
        self.process(request)
        return {"ok": True} if request["reason"] == {"$a": "kill"} else super().do_exit(request)


@fault("exit-normal-ends-nobody")
class ends_at_normal(Adapter):  # noqa: N801
    def do_exit(self, request: Json) -> Json | None:
        if request["reason"] == {"$a": "normal"}:
            self.end(self.process(request), request["reason"])
        return super().do_exit(request)


@fault("exit-can-be-trapped")
class traps_nothing(Adapter):  # noqa: N801
    def do_exit(self, request: Json) -> Json | None:
        self.process(request).traps = False
        return super().do_exit(request)


# Calls and mailboxes


@fault("exit-1-ends-with-its-reason")
class raises_at_exit(Adapter):  # noqa: N801
    def call_erlang_exit(self, process: Process, reason: Any) -> Json | None:
        return {"raised": ["exit", reason]}


@fault("a-call-after-the-end-is-noproc")
class fails_after_the_end(Adapter):  # noqa: N801
    def had_ended(self) -> Json | None:
        raise Failed("the process has ended")


@fault("an-unknown-function-fails")
class raises_undef(Adapter):  # noqa: N801
    def unknown_function(self, process: Process) -> Json | None:
        return {"raised": ["error", {"$a": "undef"}]}


@fault("an-unknown-handle-fails")
class takes_any_handle(Adapter):  # noqa: N801
    def see_handles(self, value: Any) -> None:
        pass


@fault("send-reaches-the-mailbox")
class sends_to_nobody(Adapter):  # noqa: N801
    def call_erlang_send(self, process: Process, to: Json, message: Any) -> Json | None:
        return {"returned": message} if "$h" in to else super().call_erlang_send(process, to, message)


@fault("reading-removes-nothing")
class drains_the_mailbox(Adapter):  # noqa: N801
    def do_mailbox(self, request: Json) -> Json | None:
        process = self.process(request)
        messages, process.mailbox = process.mailbox, []
        return {"messages": messages}


@fault("mailbox-is-oldest-first")
class puts_the_newest_first(Adapter):  # noqa: N801
    def deliver(self, receiver: Process, message: Any) -> None:
        receiver.mailbox.insert(0, message)


@fault("take-removes-the-oldest")
class takes_the_newest(Adapter):  # noqa: N801
    def do_take(self, request: Json) -> Json | None:
        messages = self.process(request).mailbox
        del messages[max(0, len(messages) - request["count"]) :]
        return {"ok": True}


@fault("a-pid-keeps-its-number")
class numbers_a_pid_anew(Adapter):  # noqa: N801
    def deliver(self, receiver: Process, message: Any) -> None:
        def renamed(part: Any) -> Any:
            if isinstance(part, dict) and part.get("kind") == "pid":
                return {**part, "$h": self.new_number()}
            return part

        super().deliver(receiver, swapped(message, renamed))


@fault("an-exception-leaves-the-process")
class ends_where_a_call_raises(Adapter):  # noqa: N801
    def raises(self, process: Process) -> Json | None:
        self.answer(process.call or 0, BADARG)
        process.call = None
        self.end(process, {"$a": "badarg"})
        return None


# Terms


@fault("atoms-there-and-back")
class writes_true_as_json_does(Adapter):  # noqa: N801
    def term(self, value: Any) -> Any:
        return swapped(value, lambda part: True if part == {"$a": "true"} else part)


@fault("integers-there-and-back")
class has_53_bits(Adapter):  # noqa: N801
    def term(self, value: Any) -> Any:
        return swapped(value, lambda part: int(float(part)) if isinstance(part, int) else part)


@fault("floats-there-and-back")
class writes_whole_floats_as_integers(Adapter):  # noqa: N801
    def term(self, value: Any) -> Any:
        return swapped(value, lambda part: int(part) if isinstance(part, float) and part == int(part) else part)


@fault("binaries-there-and-back")
class leaves_the_padding_out(Adapter):  # noqa: N801
    def term(self, value: Any) -> Any:
        def bare(part: Any) -> Any:
            return {"$b": part["$b"].rstrip("=")} if isinstance(part, dict) and "$b" in part else part

        return swapped(value, bare)


@fault("tuples-there-and-back")
class takes_a_pair_of_nothing_for_a_list(Adapter):  # noqa: N801
    def term(self, value: Any) -> Any:
        return [] if value == {"$t": []} else value


@fault("lists-there-and-back")
class takes_a_string_for_a_binary(Adapter):  # noqa: N801
    def term(self, value: Any) -> Any:
        text = isinstance(value, list) and len(value) == 4 and all(isinstance(each, int) for each in value)
        return {"$b": base64.b64encode(bytes(value)).decode()} if text else value


@fault("improper-lists-there-and-back")
class drops_the_tail(Adapter):  # noqa: N801
    def term(self, value: Any) -> Any:
        return value["$i"][0] if isinstance(value, dict) and "$i" in value else value


@fault("maps-there-and-back")
class writes_maps_as_objects(Adapter):  # noqa: N801
    def term(self, value: Any) -> Any:
        return {str(key): each for key, each in value["$m"]} if isinstance(value, dict) and "$m" in value else value


@fault("nested-terms-there-and-back")
class loses_what_is_deep(Adapter):  # noqa: N801
    def term(self, value: Any) -> Any:
        def cut(part: Any, depth: int) -> Any:
            if isinstance(part, dict):
                return {name: cut(each, depth + 1) for name, each in part.items()}
            return [cut(each, depth + 1) for each in part if depth < 40] if isinstance(part, list) else part

        return cut(value, 0)


# Waiting


@fault("a-call-that-waits-blocks-nothing")
class is_blocked_by_a_call(Adapter):  # noqa: N801
    def call_gen_tcp_accept(self, process: Process, at: Json, timeout: Any) -> Json | None:
        listening = self.sockets[at["$h"]]
        listening.settimeout(timeout / 1000 if isinstance(timeout, int) else None)
        listening.accept()
        return {"returned": {"$t": [{"$a": "error"}, {"$a": "timeout"}]}}


@fault("settle-does-not-wait-for-calls")
class settles_when_all_calls_are_back(Adapter):  # noqa: N801
    def do_settle(self, request: Json) -> Json | None:
        super().do_settle(request)
        waits = any(each.call is not None for each in self.processes.values())
        return None if waits else {"ok": True}


@fault("settle-does-not-wait-for-timers")
class settles_when_no_timer_runs(Adapter):  # noqa: N801
    def do_settle(self, request: Json) -> Json | None:
        super().do_settle(request)
        return None if any(each.timeout for each in self.processes.values()) else {"ok": True}


@fault("a-call-under-way-is-waiting")
class is_always_idle(Adapter):  # noqa: N801
    def do_status(self, request: Json) -> Json | None:
        return {"status": "ended" if self.process(request).ended else "idle"}


@fault("the-mailbox-shows-during-a-call")
class hides_the_mailbox_during_a_call(Adapter):  # noqa: N801
    def do_mailbox(self, request: Json) -> Json | None:
        process = self.process(request)
        return {"messages": process.mailbox if process.call is None else []}


@fault("a-call-comes-back-by-itself")
class sees_to_timers_when_it_is_asked(Adapter):  # noqa: N801
    def next_timeout(self) -> float | None:
        return None


@fault("exit-ends-a-call")
class forgets_the_call_of_who_is_killed(Adapter):  # noqa: N801
    def end(self, process: Process, reason: Any) -> None:
        if reason == {"$a": "killed"}:
            process.call = None
        super().end(process, reason)


@fault("settle-waits-for-the-results-of-calls")
class settles_before_what_it_finds(Adapter):  # noqa: N801
    """Whenever it finds a connection, it tells of it behind the answer to the next ``settle``."""

    late: tuple[tuple[int, Json], ...] = ()

    def do_settle(self, request: Json) -> Json | None:
        super().do_settle(request)
        self.answer(request["id"], {"ok": True})
        late, self.late = self.late, ()
        for number, outcome in late:
            self.answer(number, outcome)
        return None

    def comes_back(self, process: Process, outcome: Json) -> None:
        connected = process.listener is not None and str(outcome.get("returned")).startswith("{'$t': [{'$a': 'ok'}")
        if connected and process.call is not None:
            self.late += ((process.call, outcome),)
            process.call = None
        super().comes_back(process, outcome)


@fault("settle-waits-for-messages")
class has_messages_in_hand(Adapter):  # noqa: N801
    in_hand: list[tuple[Process, Json]]

    def arrived(self, process: Process, message: Json) -> None:
        self.in_hand = [*getattr(self, "in_hand", []), (process, message)]

    def do_mailbox(self, request: Json) -> Json | None:
        answer = super().do_mailbox(request)
        answer = {"messages": list((answer or {})["messages"])}
        for process, message in getattr(self, "in_hand", []):
            self.deliver(process, message)
        self.in_hand = []
        return answer


# Clearing and ending


@fault("clear-forgets-the-processes")
class keeps_processes(Adapter):  # noqa: N801
    def do_clear(self, request: Json) -> Json | None:
        kept = dict(self.processes)
        answer = super().do_clear(request)
        self.processes.update(kept)
        return answer


@fault("numbers-are-not-used-again")
class counts_anew(Adapter):  # noqa: N801
    def do_clear(self, request: Json) -> Json | None:
        self.handles = 0
        return super().do_clear(request)


@fault("clear-ends-calls")
class answers_calls_after_clear(Adapter):  # noqa: N801
    def do_clear(self, request: Json) -> Json | None:
        calls = [each.call for each in self.processes.values() if each.call is not None]
        self.answer(request["id"], super().do_clear(request) or {})
        for each in calls:
            self.answer(each, {"ended": {"$a": "killed"}})
        return None


@fault("clear-closes-sockets")
class keeps_sockets(Adapter):  # noqa: N801
    def close_sockets(self) -> None:
        pass


@fault("claims-the-same-again")
class claims_more_the_second_time(Adapter):  # noqa: N801
    def run(self) -> None:
        mark = Path(sys.argv[2])
        if mark.exists():
            self.profiles = ("essentials", "packets")
        mark.touch()
        super().run()


@fault("stop-ends-the-program")
class goes_on_after_stop(Adapter):  # noqa: N801
    def do_stop(self, request: Json) -> Json | None:
        return None


@fault("the-end-of-the-connection-ends-the-program")
class outlives_its_connection(Adapter):  # noqa: N801
    def hung_up(self) -> None:
        while True:
            time.sleep(60)


# Mailboxes that can only be drained


@fault("answers-each-request-once")
class drains_with_ok(Drains):  # noqa: N801
    def do_take(self, request: Json) -> Json | None:
        super().do_take(request)
        return {"ok": True}


@fault("an-unknown-process-fails")
class drains_an_unknown_process(Drains):  # noqa: N801
    def do_take(self, request: Json) -> Json | None:
        return super().do_take(request) if request["process"] in self.processes else {"messages": []}


@fault("draining-removes-what-it-gives")
class gives_messages_again(Drains):  # noqa: N801
    def drained(self, process: Process) -> list[Any]:
        return process.mailbox


@fault("draining-removes-what-it-gives")
class drains_one_message(Drains):  # noqa: N801
    def drained(self, process: Process) -> list[Any]:
        first, process.mailbox = process.mailbox[:1], process.mailbox[1:]
        return first


@fault("mailbox-is-oldest-first")
class drains_what_stands_between_last(Drains):  # noqa: N801
    def drained(self, process: Process) -> list[Any]:
        messages = super().drained(process)
        return [messages[0], messages[2], messages[1]] if len(messages) == 3 else messages


@fault("draining-during-a-call-loses-nothing")
class loses_what_comes_during_a_call(Drains):  # noqa: N801
    def in_call(self, process: Process) -> Json | None:
        process.mailbox = []
        raise Failed("a call is under way")


# Programs that are started anew


@fault("a-spare-bears-to-wait")
class runs_alone(StartsAnew):  # noqa: N801
    def run(self) -> None:
        self.mark = Path(sys.argv[2]).open("w")  # noqa: SIM115 - locked for as long as it runs
        try:
            fcntl.flock(self.mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit("another is running")
        super().run()


if __name__ == "__main__":
    (SOUND.get(sys.argv[1]) or FAULTS[sys.argv[1]][1])().run()
