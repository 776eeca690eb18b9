"""Models of OTP's inet driver: the reference with the driver's faults, for what a recorded deviation lets follow.

Some faults change everything that comes after them: a slot that stays taken, a socket that stops reading. A pattern for
all that would hide other faults. So the fault is modelled, and what is known to differ is exactly what it does.

Each model stands for all recorded faults of its kind at once, as they meet in one script.
"""

from __future__ import annotations

from typing import NamedTuple

from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.functions import FUNCTIONS, Function, Functions
from gen_tck.reference.models import otp_inet_calls as calls
from gen_tck.reference.models import otp_inet_port
from gen_tck.reference.models.otp_inet_driver import ClassicDriver, LaterDriver, LatestDriver


class Model(NamedTuple):
    """How an implementation departs from the reference."""

    driver: type[TcpDriver]
    functions: Functions
    """What can be called, by ``module.name/arity``."""


def _model(driver: type[TcpDriver], controlling_process: Function, send: Function) -> Model:
    functions = {"gen_tcp.controlling_process/2": controlling_process, "gen_tcp.send/2": send}
    return Model(driver, FUNCTIONS | otp_inet_port.FUNCTIONS | functions)


MODELS: dict[str, Model] = {
    "classic": _model(ClassicDriver, controlling_process=calls.controlling_process, send=calls.earlier_send),
    "classic-26": _model(LaterDriver, controlling_process=calls.later_controlling_process, send=calls.later_send),
    "classic-29": _model(LatestDriver, controlling_process=calls.later_controlling_process, send=calls.later_send),
}
"""By the names that known differences use; with a number, from that release on."""
