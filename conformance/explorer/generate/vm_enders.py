"""What no script does, as every VM of OTP ends with it.

Of a connection that stays half open, and of which a busy port has given up the queue at the peer's end
(``inet_drv.c: tcp_recv_closed``, ``tcp_recv_error``), ``inet_drv.c: tcp_inet_sendfile`` still looks for what was in
front of a file, and ends the VM as it is not there.
"""

from __future__ import annotations

from collections.abc import Sequence

from gen_tck.conformance.explorer.script.script import Call, Setting, Step
from gen_tck.spec.terms import List, term

__all__ = ["without_lost_queues"]

_STAYS_OPEN = term(("exit_on_close", False))


def without_lost_queues(setting: Setting, steps: Sequence[Step]) -> list[Step]:
    """``steps`` without files, if the socket, which has a queue, may stay half open."""
    stays_open = not setting.exit_on_close or any(map(_lets_stay_open, steps))
    return [each for each in steps if not (stays_open and _sends_a_file(each))]


def _lets_stay_open(step: Step) -> bool:
    return (
        type(step) is Call
        and step.function == "setopts"
        and isinstance(step.args[1], List)
        and _STAYS_OPEN in step.args[1]
    )


def _sends_a_file(step: Step) -> bool:
    return type(step) is Call and step.function == "sendfile"
