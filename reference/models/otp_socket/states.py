"""The states of a socket's server process."""

from gen_tck.reference.tables import State


class Moving(State):
    """Whether the socket is being handed over."""

    STEADY = "steady"
    MOVING = "moving"


class ServerState(State):
    """How far the connection has come, and who is waited for. One that is not connected, or listens, is ``CONNECT``."""

    CONNECT = "connect"
    ACCEPT = "accept"
    ACCEPTING = "accepting"
    CONNECTED = "connected"
    RECV = "recv"
    CLOSED_READ = "closed_read"
    CLOSED_READ_WRITE = "closed_read_write"
    CLOSED = "closed"


STEADY, MOVING = Moving
CONNECT, ACCEPT, ACCEPTING, CONNECTED, RECV, CLOSED_READ, CLOSED_READ_WRITE, CLOSED = ServerState
