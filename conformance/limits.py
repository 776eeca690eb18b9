"""What a run may cost at most: one table, each row settable by ``--limit NAME=VALUE``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace


class LimitError(ValueError):
    """No such limit, or no such value; the message says which there are."""


@dataclass(frozen=True)
class Limits:
    """The limits of a run and their defaults. Times are in seconds; 0 is no limit where it says so."""

    answer: float = 5.0
    """How long a node may take to answer a request, other than a call, before it is ended."""
    total: float = 0.0
    """How long a run may take before no further case is begun; 0: without end."""
    unanswered: int = 10
    """How often a node may leave a request unanswered, or break the protocol, before it is given up."""
    failures: int = 100
    """How often a node may die, hang or break the protocol before it is given up."""
    failures_in_a_row: int = 20
    """The same without a case in between that it survived."""

    def as_dict(self) -> dict[str, float]:
        """By name."""
        return {name: float(value) for name, value in asdict(self).items()}


def parse(settings: Iterable[str]) -> Limits:
    """The limits with ``settings`` (``NAME=VALUE``) applied. Raises :class:`LimitError`."""
    limits = Limits()
    kinds = {each.name: type(getattr(limits, each.name)) for each in fields(Limits)}
    for setting in settings:
        name, _, text = setting.partition("=")
        if name not in kinds:
            raise LimitError(f"there is no limit {name!r}: they are {', '.join(kinds)}")
        try:
            value = kinds[name](text)
        except ValueError:
            raise LimitError(f"the limit {name} is a number, not {text!r}") from None
        if not 0 <= value < float("inf"):
            raise LimitError(f"the limit {name} cannot be {text}")
        limits = replace(limits, **{name: value})
    return limits
