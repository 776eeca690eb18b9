"""The kit's own ends of connections. The subject is played by a plain socket."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest

from gen_tck.adapters.loopback import LoopbackNetwork, LoopbackPeer

Eventually = Callable[[Callable[[], bool]], bool]
Pair = tuple[LoopbackPeer, socket.socket]


@pytest.fixture
def network() -> Iterator[LoopbackNetwork]:
    made = LoopbackNetwork()
    yield made
    made.close()


@pytest.fixture
def pair(network: LoopbackNetwork, eventually: Eventually) -> Iterator[Pair]:
    """A peer, and the subject's socket, which connected."""
    listener = network.listen()
    subject = socket.create_connection(("127.0.0.1", listener.port))
    accepted: list[LoopbackPeer] = []

    def accept() -> bool:
        peer = listener.accept()
        if peer is not None:
            accepted.append(peer)
        return bool(accepted)

    assert eventually(accept)
    yield accepted[0], subject
    accepted[0].close()
    subject.close()
    listener.close()


def _reset(subject: socket.socket) -> None:
    subject.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    subject.close()


def _polled(peer: LoopbackPeer, eventually: Eventually) -> object:
    seen: list[object] = []

    def poll() -> bool:
        event = peer.poll()
        if event is not None:
            seen.append(event)
        return bool(seen)

    assert eventually(poll)
    return seen[0]


def test_a_listener_without_callers_accepts_one(network: LoopbackNetwork) -> None:
    listener = network.listen()
    assert listener.accept() is None
    listener.close()


def test_a_refusal_is_no_connection_error(network: LoopbackNetwork) -> None:
    listener = network.listen()
    port = listener.port
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        network.connect(port)


def test_nothing_to_read_is_an_end(pair: Pair) -> None:
    assert pair[0].poll() is None


def test_bytes_are_not_read_in_order(pair: Pair, eventually: Eventually) -> None:
    peer, subject = pair
    subject.sendall(b"abc")
    assert _polled(peer, eventually) == b"abc"
    subject.sendall(b"def")
    assert eventually(peer.delivered)
    assert peer.poll(2) == b"de"
    assert peer.poll() == b"f"


def test_an_end_of_stream_is_told_once(pair: Pair, eventually: Eventually) -> None:
    peer, subject = pair
    subject.sendall(b"last")
    subject.shutdown(socket.SHUT_WR)
    assert _polled(peer, eventually) == b"last"
    assert _polled(peer, eventually) == "fin"
    assert [peer.poll(), peer.poll()] == ["fin", "fin"]
    assert peer.offer(b"still open this way") == 19


def test_a_reset_is_told_once(pair: Pair, eventually: Eventually) -> None:
    peer, subject = pair
    _reset(subject)
    assert _polled(peer, eventually) == "reset"
    assert [peer.poll(), peer.poll()] == ["reset", "reset"]


def test_a_reset_that_sending_met_is_read_as_an_end_of_stream(pair: Pair, eventually: Eventually) -> None:
    peer, subject = pair
    _reset(subject)

    def refused() -> bool:
        with contextlib.suppress(ConnectionError):
            peer.offer(b"x")
            return False
        return True

    assert eventually(refused)
    assert peer.poll() == "reset"
    assert peer.poll() == "reset"


def test_a_full_connection_blocks(pair: Pair) -> None:
    peer, _ = pair
    while peer.offer(bytes(65536)):
        pass
    assert not peer.delivered()


def test_bytes_are_delivered_late_by_a_delayed_acknowledgement(pair: Pair, eventually: Eventually) -> None:
    """The subject answers now and then, so its acknowledgements wait for an answer to travel with, up to 44 ms."""
    peer, subject = pair
    unacknowledged = 0
    for _ in range(50):
        subject.sendall(b"?")
        assert _polled(peer, eventually) == b"?"
        peer.offer(b"!")
        assert eventually(peer.delivered)
        info = peer._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)
        unacknowledged += int.from_bytes(info[24:28], "little")  # tcpi_unacked, in segments
        assert subject.recv(10) == b"!"
    assert unacknowledged > 0, "every byte was acknowledged at once: this shows nothing"


def test_unread_bytes_are_undelivered(pair: Pair, eventually: Eventually) -> None:
    peer, _ = pair
    peer.offer(bytes(10_000))
    assert eventually(peer.delivered)


@pytest.mark.parametrize("subject_first", [False, True])
@pytest.mark.parametrize("how", ["finish", "close"])
def test_an_end_of_stream_is_never_delivered(pair: Pair, eventually: Eventually, how: str, subject_first: bool) -> None:
    peer, subject = pair
    if subject_first:
        subject.shutdown(socket.SHUT_WR)
        assert _polled(peer, eventually) == "fin"
    peer.offer(b"before")
    getattr(peer, how)()
    assert eventually(peer.delivered)
    assert subject.recv(100) == b"before"
    assert subject.recv(100) == b""


def test_an_end_behind_a_full_connection_is_delivered(pair: Pair, eventually: Eventually) -> None:
    peer, subject = pair
    while peer.offer(bytes(65536)):
        pass
    peer.finish()
    assert not peer.delivered()
    subject.settimeout(20)
    while subject.recv(1 << 20):
        pass
    assert eventually(peer.delivered)


@pytest.mark.parametrize("state", ["open", "unread", "half closed", "finished"])
def test_a_reset_is_never_delivered(pair: Pair, eventually: Eventually, state: str) -> None:
    peer, subject = pair
    if state == "unread":
        peer.offer(b"x")
    if state == "half closed":
        subject.shutdown(socket.SHUT_WR)
        assert _polled(peer, eventually) == "fin"
    if state == "finished":
        peer.finish()
        assert eventually(peer.delivered)
    peer.reset()
    assert eventually(peer.delivered)
    with pytest.raises(ConnectionError):
        subject.sendall(b"x")


def test_closing_over_unread_data_is_no_reset(pair: Pair, eventually: Eventually) -> None:
    peer, subject = pair
    subject.sendall(b"unread")

    def waits() -> bool:
        with contextlib.suppress(BlockingIOError):
            return peer._socket.recv(1, socket.MSG_PEEK) == b"u"
        return False

    assert eventually(waits)
    peer.close()
    assert eventually(peer.delivered)
    with pytest.raises(ConnectionResetError):
        subject.recv(1)


def test_everything_to_a_subject_that_is_gone_is_undelivered(pair: Pair, eventually: Eventually) -> None:
    peer, subject = pair
    peer.offer(b"unread")
    _reset(subject)
    assert eventually(peer.delivered)


def test_ending_twice_fails(pair: Pair) -> None:
    peer, _ = pair
    peer.finish()
    peer.close()
    for again in (peer.close, peer.reset, peer.finish, peer.close):
        again()
    assert peer.poll() is None
    with pytest.raises(ConnectionError):
        peer.offer(b"x")


def test_a_peer_in_the_backlog_is_taken_for_the_listener(network: LoopbackNetwork, eventually: Eventually) -> None:
    with socket.create_server(("127.0.0.1", 0)) as subject:
        peer = network.connect(subject.getsockname()[1])
        peer.offer(b"early")
        assert eventually(peer.delivered)
        peer.reset()
        assert eventually(peer.delivered)


@pytest.mark.parametrize("dials", [False, True])
def test_a_small_receive_buffer_is_forgotten(network: LoopbackNetwork, eventually: Eventually, dials: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        if dials:
            peer = network.connect(server.getsockname()[1], receive_buffer=4096)
        else:
            listener = network.listen(receive_buffer=4096)
            subject = socket.create_connection(("127.0.0.1", listener.port))
            accepted: list[LoopbackPeer | None] = []
            assert eventually(lambda: accepted.append(listener.accept()) or accepted[-1] is not None)  # type: ignore[func-returns-value]
            assert accepted[-1] is not None
            peer = accepted[-1]
            subject.close()
        assert peer._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 2 * 4096  # Linux counts double
        peer.close()
