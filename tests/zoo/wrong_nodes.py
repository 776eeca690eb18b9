"""The zoo: wrong implementations, each the reference with one planted fault, named for what is wrong.

They are entry points of the group ``gen_tck.nodes`` (see ``conftest.py``), so that they are certified like any node.
"""

from __future__ import annotations

from gen_tck.adapters.modelled import open_departing
from gen_tck.reference.models.planted import PLANTED

ZOO = {each.name.removeprefix("planted/"): each.name for each in PLANTED}


def __getattr__(name: str) -> object:
    """An opener for every animal, by the name that its entry point uses: ``open_once_delivers_twice``."""
    animal = name.removeprefix("open_").replace("_", "-")
    if animal not in ZOO:
        raise AttributeError(name)
    return lambda: open_departing([ZOO[animal]])
