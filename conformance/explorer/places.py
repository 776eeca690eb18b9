"""Where workers explore, as ``--tx`` names it: ``popen``, ``4*popen//python=python3.12``, ``ssh=HOST``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from execnet import XSpec

_SEVERAL = re.compile(r"([1-9]\d*)\*")


class NoPlace(ValueError):
    """What was named is no place for a worker; the message is one line."""


def places_of(named: Iterable[str]) -> list[str]:
    """A place for each worker, in the form that execnet takes. Raises :class:`NoPlace`."""
    places: list[str] = []
    for each in named:
        several = _SEVERAL.match(each)
        place = each[several.end() :] if several else each
        if not _is_place(place):
            raise NoPlace(f"--tx {each} is no execution environment: try popen, ssh=HOST or socket=HOST:PORT")
        places += [place] * (int(several[1]) if several else 1)
    return places


def _is_place(place: str) -> bool:
    try:
        spec = XSpec(place)
    except (AttributeError, ValueError):
        return False
    return any((spec.popen, spec.ssh, spec.socket, spec.vagrant_ssh))
