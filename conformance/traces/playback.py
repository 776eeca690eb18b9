"""A node that plays back a trace: it answers what the recorded node answered, as long as it is asked the same.

With it a test can be judged again without the subject, and with a newer kit. What is asked is matched, not assumed: the
first operation that is not the recorded one ends the playback with the line where the two part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gen_tck.adapters.interface import (
    AdapterError,
    CallFailed,
    Capabilities,
    Ended,
    NodeDied,
    NodeError,
    Outcome,
    Peer,
    PeerEvent,
    PeerListener,
    Process,
    Raised,
    Returned,
    Status,
    Waited,
)
from gen_tck.adapters.wire import WireError, from_json, to_json
from gen_tck.conformance.traces.file import Event, Trace, TraceError, unpack
from gen_tck.spec.terms import Pid, Term, show

HEADER_LINES = 2
"""Events are counted from 0, lines of the file from 1, and the first of them is the header."""


FAILURES: dict[str, type[NodeError]] = {"died": NodeDied, "adapter": AdapterError, "call": CallFailed}
"""How a node fails, by the word for it in a trace."""


class TraceMismatch(NodeError):
    """The test asks something else than what was recorded: another kit, or a trace that was edited."""


def outcome_of(event: Event) -> Outcome:
    """The outcome in an event of a call. Raises ``WireError``."""
    if "returned" in event:
        return Returned(from_json(event["returned"]))
    if "raised" in event:
        kind, reason = event["raised"]
        return Raised(kind, from_json(reason))
    return Ended(from_json(event["ended"]))


class PlayedCall:
    """A recorded call."""

    def __init__(self, playback: Playback, number: int) -> None:
        self._playback, self._number = playback, number

    @property
    def outcome(self) -> Outcome | None:
        self._playback.look()
        return self._playback.outcomes.get(self._number)


class PlayedProcess:
    """A recorded process."""

    def __init__(self, playback: Playback, number: int, pid: Pid) -> None:
        self._playback, self._number, self.pid = playback, number, pid

    def call(self, module: str, function: str, args: Sequence[Term]) -> PlayedCall:
        asked = {"process": self._number, "module": module, "function": function, "args": [to_json(a) for a in args]}
        return PlayedCall(self._playback, self._playback.do("call", **asked)["call"])

    def mailbox(self) -> tuple[Term, ...]:
        self._playback.look()
        return self._playback.mailboxes.get(self._number, ())

    def take(self, count: int) -> None:
        self._playback.do("take", process=self._number, count=count)
        self._playback.mailboxes[self._number] = self._playback.mailboxes.get(self._number, ())[count:]

    def exit(self, reason: Term) -> None:
        self._playback.do("exit", process=self._number, reason=to_json(reason))

    def status(self) -> Status:
        self._playback.look()
        return self._playback.statuses.get(self._number, "idle")


class PlayedPeer:
    """A recorded peer."""

    def __init__(self, playback: Playback, number: int) -> None:
        self._playback, self._number = playback, number

    def offer(self, data: bytes) -> int:
        event = self._playback.next_do()
        if event is None or event["do"] != "offer" or event["peer"] != self._number:
            return 0  # it was not taken at that moment
        self._playback.do("offer", peer=self._number)
        if "failed" in event:
            raise ConnectionError(event["failed"])
        taken = unpack(event["data"])
        if not data.startswith(taken):
            raise self._playback.mismatch(f"peer {self._number} offers other data", event)
        return len(taken)

    def poll(self, most: int = 65536) -> PeerEvent:
        self._playback.look()
        queue = self._playback.inboxes.setdefault(self._number, [])
        if not queue:
            return None
        event = queue[0]
        if isinstance(event, bytes):
            queue.pop(0)  # an end is repeated for ever
        return event

    def delivered(self) -> bool:
        self._playback.look()
        return self._number in self._playback.delivered

    def finish(self) -> None:
        self._playback.do("finish", peer=self._number)

    def close(self) -> None:
        self._playback.do("close", peer=self._number)

    def reset(self) -> None:
        if not self._playback.over():
            self._playback.do("reset", peer=self._number)


class PlayedListener:
    """A recorded listener."""

    def __init__(self, playback: Playback, number: int, port: int) -> None:
        self._playback, self._number, self.port = playback, number, port

    def accept(self) -> Peer | None:
        event = self._playback.next_do()
        if event is None or event["do"] != "accept" or event["listener"] != self._number:
            return None
        return PlayedPeer(self._playback, self._playback.do("accept", listener=self._number)["peer"])

    def close(self) -> None:
        """Nothing to close."""


class Playback:
    """A node made of a trace. It is also its network."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._events = trace.events
        self._at = 0
        self.outcomes: dict[int, Outcome] = {}
        self.mailboxes: dict[int, tuple[Term, ...]] = {}
        self.statuses: dict[int, Status] = {}
        self.inboxes: dict[int, list[PeerEvent]] = {}
        self.delivered: set[int] = set()
        self.trouble = ""
        """Why the playback cannot go on: what the first exception said, if it was not the recorded node's."""
        node = trace.header.node
        try:
            self.capabilities = Capabilities(
                name=node["name"],
                version=node["version"],
                profiles=frozenset(node["profiles"]),
                clock=node["clock"],
                homepage=node["homepage"],
                calls=frozenset(node["calls"]) if node.get("calls") is not None else None,
                details=node["details"],
            )
        except (KeyError, TypeError) as reason:
            raise TraceError(f"{trace.path}: line 1: the node is not described: {reason!r}") from None

    # Matching

    def next_do(self) -> Event | None:
        """What the kit did next in the recording, past what it saw before that; ``None`` inside a wait that ends."""
        self.look()
        if self._at < len(self._events) and "do" in self._events[self._at]:
            return self._events[self._at]
        return None

    def do(self, what: str, **asked: Any) -> Event:
        """The kit does ``what``: the recorded event. Raises :class:`TraceMismatch` if that is another one."""
        event = self.next_do()
        if event is None:
            raise self.mismatch(f"the test does `{what}`, the recording is over", None)
        if event["do"] != what or any(event.get(key) != value for key, value in asked.items()):
            raise self.mismatch(f"the test does {_words(what, asked)}", event)
        self._at += 1
        if "peer" in event:
            self.delivered.discard(event["peer"])
        return event

    def mismatch(self, what: str, event: Event | None) -> TraceMismatch:
        """The two part here."""
        recorded = f"recorded was {_words(event['do'], event)}" if event is not None and "do" in event else ""
        line = self._at + HEADER_LINES
        words = "; ".join(filter(None, (what, recorded)))
        trouble = f"{self._trace.path}: line {line}: the trace does not fit the test: {words}"
        self.trouble = self.trouble or trouble
        return TraceMismatch(trouble)

    def over(self) -> bool:
        """Whether everything has been played: what a test does to clean up was not recorded."""
        self.look()
        return self._at == len(self._events)

    def look(self) -> None:
        """Take in what was seen up to the next thing that was done (or to the end of a wait)."""
        while self._at < len(self._events) and self._take_in(self._events[self._at]):
            self._at += 1

    def _take_in(self, event: Event) -> bool:
        if "do" in event or "waited" in event or "rest" in event:
            return False
        if "node_failed" in event:
            raise FAILURES[event.get("kind", "died")](event["node_failed"])
        try:
            self._see(event)
        except (WireError, KeyError, TypeError, ValueError) as reason:
            trouble = f"{self._trace.path}: line {self._at + HEADER_LINES}: {reason!r}"
            self.trouble = self.trouble or trouble
            raise TraceError(trouble) from None
        return True

    def _see(self, event: Event) -> None:
        if "call" in event:
            self.outcomes[event["call"]] = outcome_of(event)
        elif "mailbox" in event:
            self.mailboxes[event["process"]] = tuple([from_json(each) for each in event["mailbox"]])
        elif "more" in event:
            more = tuple([from_json(each) for each in event["more"]])
            self.mailboxes[event["process"]] = self.mailboxes.get(event["process"], ()) + more
        elif "status" in event:
            self.statuses[event["process"]] = event["status"]
        elif "data" in event:
            self.inboxes.setdefault(event["peer"], []).append(unpack(event["data"]))
        elif "end" in event:
            self.inboxes.setdefault(event["peer"], []).append(event["end"])
        elif "delivered" in event:
            self.delivered.add(event["peer"])

    # The node

    @property
    def network(self) -> Playback:
        return self

    def listen(self, *, receive_buffer: int | None = None) -> PeerListener:
        event = self.do("listen", receive_buffer=receive_buffer)
        return PlayedListener(self, event["listener"], event["port"])

    def connect(self, port: int, *, receive_buffer: int | None = None) -> Peer:
        event = self.do("dial", port=port)
        if "refused" in event:
            raise ConnectionRefusedError(event["refused"])
        return PlayedPeer(self, event["peer"])

    def spawn(self) -> Process:
        event = self.do("spawn")
        return PlayedProcess(self, event["process"], from_json(event["pid"]))

    @property
    def stops(self) -> int:
        return 0

    def settle(self) -> bool:
        self.do("settle")
        self.look()
        if self._at == len(self._events) or "rest" not in self._events[self._at]:
            return True
        self._at += 1
        return False

    def advance(self, milliseconds: int) -> None:
        self.do("advance", milliseconds=milliseconds)

    def wait(
        self, condition: Callable[[], bool], owed: float = 0.0, progress: Callable[[], object] | None = None
    ) -> Waited:
        self.do("wait")
        held = condition()
        while not held and self._at < len(self._events) and "waited" not in self._events[self._at]:
            before = self._at
            held = condition()
            if self._at == before and not held:
                raise self.mismatch("the test waits for something else", self._events[self._at])
        while self._at < len(self._events) and "waited" not in self._events[self._at]:
            self.look()
            if "do" in self._events[self._at]:
                raise self.mismatch("the test waits for something else", self._events[self._at])
        if self._at == len(self._events):
            raise self.mismatch("the test waits", None)
        event = self._events[self._at]
        self._at += 1
        if held or condition():
            return Waited(True)
        return Waited(
            False,
            seconds=event.get("seconds", 0.0),
            restless=event.get("restless", False),
            cut_short=event.get("cut_short", False),
        )

    def clear(self) -> None:
        """Nothing to end, but it has to be the end. Raises :class:`TraceMismatch` if the recording goes on."""
        if not self.over():
            raise self.mismatch("the test is over", self._events[self._at])

    def close(self) -> None:
        """Nothing to close."""


def _words(what: str, detail: Event) -> str:
    if what == "call":
        args = ", ".join(show(from_json(each)) for each in detail["args"])
        return f"`{detail['module']}:{detail['function']}({args})` in process {detail['process']}"
    rest = {key: value for key, value in detail.items() if key not in ("at", "do", "data") and value is not None}
    return f"`{what}`" + (f" {rest}" if rest else "")
