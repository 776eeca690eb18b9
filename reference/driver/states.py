"""The states of all machines of a socket."""

from __future__ import annotations

from gen_tck.reference.tables import State


class ConnectionState(State):
    """How far the connection has come."""

    LISTENING = "listening"
    CONNECTED = "connected"
    HALF_CLOSED = "half closed"
    """The peer has ended its direction, and ``exit_on_close`` is false."""
    DISCONNECTED = "disconnected"
    """The connection is gone, but the port is there to be asked."""
    GONE = "gone"


class Mode(State):
    """What becomes of packets."""

    PASSIVE = "passive"
    """They wait until a receive asks for them."""
    ALWAYS = "always active"
    """They are messages to the owner."""
    ONCE = "active once"
    COUNTED = "active for a number"


class Slot(State):
    """Where a receive that was asked for waits: there is one, and no queue."""

    FREE = "free"
    TAKEN = "taken"


class Acceptors(State):
    """Whether anybody waits for a connection."""

    NONE = "nobody waits"
    WAITING = "somebody waits"


class Queue(State):
    """Whether output waits for the kernel to take it."""

    EMPTY = "nothing queued"
    QUEUED = "queued"


class Flow(State):
    """Whether senders are held up."""

    READY = "ready"
    BUSY = "busy"


class Writing(State):
    """Whether this side has ended its direction."""

    OPEN = "open for writing"
    ENDING = "ends when its queue is sent"
    ENDED = "ended writing"


LISTENING, CONNECTED, HALF_CLOSED, DISCONNECTED, GONE = ConnectionState
PASSIVE, ALWAYS, ONCE, COUNTED = Mode
FREE, TAKEN = Slot
OPEN = (CONNECTED, HALF_CLOSED)
"""While there is a connection."""
