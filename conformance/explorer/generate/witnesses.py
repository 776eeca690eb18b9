"""The scripts that show how the models of known implementations depart: ``witnesses.toml``, which a command writes.

Of a model that is made of departures there is one for each that scripts can show: with that departure switched off,
the model lets something else follow. Of one that is a machine of its own there is one for each clause: the reference
lets something else follow, and by its rules it is this clause that speaks of that. ``tools/witnesses`` finds them and
makes them small. Explorations go on with them after the tours, be it of a node that has no model: what one
implementation departs in, others may.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import msgspec

from gen_tck.conformance.explorer.generate.parts import is_certain
from gen_tck.conformance.explorer.script.offer import Features, script_needs
from gen_tck.conformance.explorer.script.script import Script
from gen_tck.conformance.explorer.script.text import parse
from gen_tck.spec import toml

FILE = Path(str(resources.files("gen_tck.conformance.explorer.generate") / "witnesses.toml"))


class Witness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A script that shows a departure."""

    model: str
    """Whose: ``otp-inet``."""
    shows: str
    """The name of the departure; of a model without departures, the clause."""
    releases: tuple[int, ...]
    """In which models it shows it."""
    script: str

    def parsed(self) -> Script:
        """The script."""
        return parse(self.script)


@cache
def load(file: Path = FILE) -> tuple[Witness, ...]:
    """All of them. Raises ``TomlError``."""
    return tuple([each.value for each in toml.tables(file, "witness", Witness)])


@cache
def witnesses_with(features: Features) -> tuple[Script, ...]:
    """The scripts that a node can play which has ``features``, each once."""
    scripts = dict.fromkeys([each.parsed() for each in load()])
    return tuple([each for each in scripts if features.issuperset(script_needs(*each)) and is_certain(each, features)])
