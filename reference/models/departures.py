"""All departures and variants that can be had one by one, by name: ``gen-tck certify reference --with NAME``."""

from __future__ import annotations

from collections.abc import Iterable

from gen_tck.reference.models.departure import Departure, Model, build
from gen_tck.reference.models.otp_inet import DEPARTURES as _OTP_INET
from gen_tck.reference.models.planted import PLANTED
from gen_tck.reference.models.planted_leaving import LEAVING
from gen_tck.reference.models.variants import VARIANTS

DEPARTURES: dict[str, Departure] = {each.name: each for each in (*_OTP_INET, *PLANTED, *LEAVING)}
ALL: dict[str, Departure] = {**DEPARTURES, **{each.name: each for each in VARIANTS.values()}}
"""In the order in which they are put together."""


def model(names: Iterable[str]) -> Model:
    """The reference with the departures and variants of these ``names``; an interaction brings those that it is one of.

    Raises ``KeyError`` for a name that none has, :class:`~gen_tck.reference.tables.TableError` for some that do not go
    together.
    """
    wanted = [ALL[name] for name in names]
    for each in wanted:  # grows
        wanted += [ALL[name] for name in each.after] if each.interaction else []
    return build([each for each in ALL.values() if each in wanted])
