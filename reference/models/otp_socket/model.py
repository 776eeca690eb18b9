"""The models of OTP's socket backend, by release."""

from __future__ import annotations

from gen_tck.reference.functions import FUNCTIONS, Functions
from gen_tck.reference.models.otp_socket import monitors
from gen_tck.reference.models.otp_socket.calls import Backend


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


RELEASES: dict[int, Functions] = {25: functions(Backend())}
"""What can be called, by the release since which it is so."""
