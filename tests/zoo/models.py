"""Models of implementations as nodes: what they do is what the implementations do."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from gen_tck.adapters.reference import SimulatedNode
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.functions import Functions
from gen_tck.reference.models.otp_socket.calls27 import Backend27
from gen_tck.reference.models.otp_socket.esock27 import ESock27
from gen_tck.reference.models.otp_socket.model import MODELS, Server27, functions
from gen_tck.spec.profiles import CORE


class ZeroedSocket(ESock27):
    """Bytes of chance are zeros here: a node has to say which they are."""

    chance = bytes


class ZeroedServer(Server27):
    """Of OTP 27, with such sockets."""

    esock = ZeroedSocket


def _open(release: int, functions: Functions) -> SimulatedNode:
    node = SimulatedNode(TcpDriver, functions)
    details = {**node.capabilities.details, "release": str(release)}
    node.capabilities = replace(node.capabilities, profiles=frozenset([*CORE, "active-n"]), details=details)
    return node


open_otp_socket_25 = partial(_open, 25, MODELS["socket"])
open_otp_socket_27 = partial(_open, 27, functions(Backend27(ZeroedServer)))
open_otp_socket_29 = partial(_open, 29, MODELS["socket-29"])
