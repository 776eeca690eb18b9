"""The models of known implementations, each as a machine that an oracle can run."""

from __future__ import annotations

from functools import cache

from gen_tck.conformance.explorer.oracle.observed import TRANSITIONS, ObservedNode, Transition
from gen_tck.conformance.explorer.oracle.oracle import Oracle
from gen_tck.reference.driver.inet_drv import TcpDriver
from gen_tck.reference.models.otp_inet import MODELS as INET_MODELS
from gen_tck.reference.models.otp_inet import Model
from gen_tck.reference.models.otp_socket.model import MODELS as SOCKET_MODELS
from gen_tck.reference.models.otp_socket.model import SERVERS
from gen_tck.reference.models.variants import TOGETHER, VARIANTS, Name, model
from gen_tck.reference.tables import transitions

__all__ = [
    "MODELS",
    "NAMES",
    "TOGETHER",
    "VARIANTS",
    "Modelled",
    "Name",
    "for_release",
    "oracle_of",
    "oracle_with",
    "rows_of",
]

MODELS: dict[str, Model] = {
    **INET_MODELS,
    **{name: Model(TcpDriver, functions) for name, functions in SOCKET_MODELS.items()},
}
"""A model of the socket backend has no use for the driver."""
ROWS = {name: tuple(transitions(*server.tables)) for name, server in SERVERS.items()}
"""The rows of the models whose machines are their own."""
NAMES = tuple(MODELS)
"""What a model is called; with a number, it stands for that release and later ones."""


class Modelled(ObservedNode):
    """A model on the simulated network."""

    def __init__(self, modelled: str | Model) -> None:
        """Raises ``KeyError`` for a name that is none of :data:`NAMES`."""
        super().__init__(*(MODELS[modelled] if isinstance(modelled, str) else modelled))

    def time_is_awaited(self) -> bool:
        """Always: who does not wait for the time in the model may have done so in the reference."""
        return True


@cache
def oracle_of(name: str) -> Oracle:
    """What the model lets follow. Raises ``KeyError`` for a ``name`` that is none of :data:`NAMES`."""
    own = ROWS.get(name)
    return Oracle(lambda: Modelled(name)) if own is None else Oracle(lambda: Modelled(name), name, own)


def rows_of(name: str) -> tuple[Transition, ...]:
    """All that the tables of a model speak of whose machines are its own; those of the reference for any other."""
    return ROWS.get(name, TRANSITIONS)


@cache
def oracle_with(*names: Name) -> Oracle:
    """What the reference with the variants of these ``names`` lets follow. Raises ``KeyError``."""
    modelled = model(names)
    return Oracle(lambda: Modelled(modelled))


def for_release(name: str, release: str) -> str:
    """The name of the variant of a model for ``release``."""
    later = [int(each.rpartition("-")[2]) for each in NAMES if each.startswith(f"{name}-")] if name else []
    fitting = [each for each in later if release.isdigit() and each <= int(release)]
    return f"{name}-{max(fitting)}" if fitting else name
