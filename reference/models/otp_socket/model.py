"""The models of OTP's socket backend, by release."""

from __future__ import annotations

from functools import cache

from gen_tck.reference import inet
from gen_tck.reference.functions import FUNCTIONS, Functions
from gen_tck.reference.models.otp_socket import monitors
from gen_tck.reference.models.otp_socket.calls import Backend
from gen_tck.reference.models.otp_socket.calls27 import Backend27
from gen_tck.reference.models.otp_socket.esock import ESock
from gen_tck.reference.models.otp_socket.esock27 import ESock27
from gen_tck.reference.models.otp_socket.reading import Reading
from gen_tck.reference.models.otp_socket.reading25 import Reading25
from gen_tck.reference.models.otp_socket.reading27 import Reading27
from gen_tck.reference.models.otp_socket.table import tables
from gen_tck.reference.net.os_tcp import TAKEN_AT_ACCEPT


def functions(backend: Backend) -> Functions:
    """What can be called on a node of this ``backend``."""
    return {
        **{name: call for name, call in FUNCTIONS.items() if name.startswith("erlang.")},
        "gen_tcp.listen/2": backend.listen,
        "gen_tcp.accept/1": backend.accept,
        "gen_tcp.accept/2": backend.accept,
        "gen_tcp.connect/3": backend.connect,
        "gen_tcp.connect/4": backend.connect,
        "gen_tcp.recv/2": backend.recv,
        "gen_tcp.recv/3": backend.recv,
        "gen_tcp.unrecv/2": backend.unrecv,
        "gen_tcp.send/2": backend.send,
        "gen_tcp.shutdown/2": backend.shutdown,
        "gen_tcp.close/1": backend.close,
        "gen_tcp.controlling_process/2": backend.controlling_process,
        "inet.setopts/2": backend.setopts,
        "inet.getopts/2": backend.getopts,
        "inet.port/1": backend.port,
        "inet.sockname/1": backend.sockname,
        "inet.peername/1": backend.peername,
        "inet.socknames/1": backend.socknames,
        "inet.peernames/1": backend.peernames,
        "inet.getstat/1": backend.getstat,
        "inet.getstat/2": backend.getstat,
        "inet.info/1": backend.info,
        "inet.format_error/1": inet.format_error,
        "inet.monitor/1": monitors.monitor,
        "inet.cancel_monitor/1": monitors.cancel_monitor,
    }


class Server25(Reading25):
    """A server of OTP 25."""


class Server27(Reading27):
    """A server of OTP 27."""

    esock: type[ESock] = ESock27


class Server29(Server27):
    """A server of OTP 29, which reads ahead, and asks the listener at an accept."""

    esock = ESock
    read_ahead = True
    taken_at_accept = TAKEN_AT_ACCEPT


class ZeroedSocket(ESock27):
    """Bytes of chance are zeros here: a model lets any follow, a node has to say which they are."""

    chance = bytes


def server(release: int, *, zeroed: bool = False) -> type[Reading]:
    """The server of a release."""
    made: type[Reading] = Server25 if release < 27 else Server27 if release < 29 else Server29
    esock = ZeroedSocket if zeroed and made.esock is ESock27 else made.esock
    return type(made.__name__, (made,), {"tables": tables(release), "esock": esock, "__doc__": made.__doc__})


@cache
def model(release: int, *, zeroed: bool = False) -> Functions:
    """What can be called in a release; ``zeroed``: bytes of chance are zeros."""
    return functions((Backend if release < 27 else Backend27)(server(release, zeroed=zeroed)))
