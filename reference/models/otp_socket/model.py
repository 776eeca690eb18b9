"""The models of OTP's socket backend, by release."""

from __future__ import annotations

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
        "inet.getstat/1": backend.getstat,
        "inet.getstat/2": backend.getstat,
        "inet.info/1": backend.info,
        "inet.monitor/1": monitors.monitor,
        "inet.cancel_monitor/1": monitors.cancel_monitor,
    }


class Server25(Reading25):
    """A server of OTP 25."""

    tables = tables(25)


class Server27(Reading27):
    """A server of OTP 27."""

    tables = tables(27)
    esock: type[ESock] = ESock27


class Server29(Server27):
    """A server of OTP 29, which reads ahead."""

    tables = tables(29)
    esock = ESock
    read_ahead = True


SERVERS: dict[str, type[Reading]] = {"socket": Server25, "socket-27": Server27, "socket-29": Server29}
"""What runs a socket, by the name of the model; with a number, from that release on."""

MODELS: dict[str, Functions] = {
    "socket": functions(Backend(Server25)),
    "socket-27": functions(Backend27(Server27)),
    "socket-29": functions(Backend27(Server29)),
}
"""What can be called, by the name of the model; with a number, from that release on."""
