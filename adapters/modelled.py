"""The reference with departures as a node, and the models of OTP."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from difflib import get_close_matches

from gen_tck.adapters.interface import NodeUnavailable
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.reference.models import departures, otp_inet
from gen_tck.reference.models.otp_socket import model as otp_socket
from gen_tck.reference.tables import TableError
from gen_tck.spec.profiles import CORE, PROFILES


def open_departing(names: Collection[str], *, apart: bool = False) -> SimulatedNode:
    """The same with departures, on a machine of its own if it is ``apart``.

    Raises ``NodeUnavailable`` for a name that none has, and for some that conflict.
    """
    unknown = [name for name in names if name not in departures.ALL]
    if unknown:
        near = get_close_matches(unknown[0], departures.ALL, 1)
        known = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(departures.DEPARTURES)}"
        raise NodeUnavailable(f"no departure is called {unknown[0]!r}: {known}")
    try:
        return SimulatedNode(*departures.model(names), place="apart" if apart else None)
    except TableError as reason:
        raise NodeUnavailable(f"these departures do not go together: {reason}") from reason


def open_model(node: str, release: int, *, apart: bool = False) -> SimulatedNode:
    """The model of ``otp`` or ``otp-socket``: it does what a release of that does, and claims what that claims.

    ``apart``: on a machine of its own.
    """
    if node == "otp":
        opened, claimed = SimulatedNode(*otp_inet.model(release), place="apart" if apart else None), frozenset(PROFILES)
    else:
        opened = SimulatedNode(functions=otp_socket.model(release, zeroed=True), place="apart" if apart else None)
        claimed = frozenset([*CORE, "active-n", "vanished-peers", "unreachable"])
    details = {**opened.capabilities.details, "release": str(release)}
    opened.capabilities = replace(opened.capabilities, profiles=claimed, details=details)
    return opened
