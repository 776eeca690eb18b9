"""The models of known implementations, each as a machine that an oracle can run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from gen_tck.conformance.explorer.oracle.observed import ObservedNode, Transition
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.models import otp_inet
from gen_tck.reference.models.departure import Departure, Model, build, without
from gen_tck.reference.models.otp_socket import model as otp_socket
from gen_tck.reference.models.variants import TOGETHER, VARIANTS, Name, model
from gen_tck.reference.tables import transitions

__all__ = [
    "FAMILIES",
    "TOGETHER",
    "VARIANTS",
    "Departure",
    "Modelled",
    "Name",
    "departures_of",
    "model_of",
    "oracle_named",
    "oracle_of",
    "oracle_with",
    "oracle_without",
    "rows_of",
]

FAMILIES: dict[str, Callable[[int], Model]] = {
    "otp-inet": otp_inet.model,
    "otp-socket": lambda release: Model(TcpDriver, otp_socket.model(release)),  # which has no use for the driver
}
"""The models of an implementation, by its name: what makes that of a release."""
_DIGITS = 4
"""No release has as many: a name may come from a stranger's results."""


class Modelled(ObservedNode):
    """A model on the simulated network."""

    def __init__(self, modelled: Model) -> None:
        super().__init__(*modelled)

    def time_is_awaited(self) -> bool:
        """Always: who does not wait for the time in the model may have done so in the reference."""
        return True


@cache
def model_of(family: str, release: int) -> Model:
    """The model of an implementation in ``release``. Raises ``KeyError`` for a name that is none of the families."""
    return FAMILIES[family](release)


@cache
def oracle_of(family: str, release: int) -> Oracle:
    """What it lets follow. Raises ``KeyError``."""

    def make() -> ObservedNode:
        return Modelled(model_of(family, release))

    if family != "otp-socket":
        return Oracle(make)
    return Oracle(make, f"{family}-{release}", tuple(transitions(*otp_socket.server(release).tables)))


def oracle_named(name: str) -> Oracle:
    """The model with machines of its own that has this :attr:`Oracle.name`; the reference for any other name."""
    family, _, release = name.rpartition("-")
    own = family == "otp-socket" and release.isdecimal() and len(release) < _DIGITS
    return oracle_of(family, int(release)) if own else Oracle()


def rows_of(name: str) -> tuple[Transition, ...]:
    """All that the tables of that speak of."""
    return oracle_named(name).rows


def departures_of(family: str, release: int) -> list[Departure]:
    """What its model is made of: none, if it is a machine of its own."""
    return otp_inet.departures_of(release) if family == "otp-inet" else []


@cache
def oracle_without(release: int, name: str) -> Oracle:
    """What the model of OTP's inet backend would let follow without the departure of that ``name``."""
    departures = departures_of("otp-inet", release)
    off = build(without(departures, next(each for each in departures if each.name == name)))
    return Oracle(lambda: Modelled(off))


@cache
def oracle_with(*names: Name) -> Oracle:
    """What the reference with the variants of these ``names`` lets follow. Raises ``KeyError``."""
    modelled = model(names)
    return Oracle(lambda: Modelled(modelled))
