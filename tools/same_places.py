"""Where a commit of the kit has the things that ``tools/same_witness.py`` asks: all that it knows of its modules."""

from __future__ import annotations

import importlib
from typing import Any

PLACES: dict[str, tuple[str, ...]] = {
    "Generator": (
        "gen_tck.conformance.explorer.generate",
        "gen_tck.conformance.explorer.generate.generate",
    ),
    "MODELS": ("gen_tck.adapters.beam.models", "gen_tck.reference.models.otp_inet"),
    "Oracle": ("gen_tck.conformance.explorer.oracle", "gen_tck.conformance.explorer.oracle.oracle"),
    "PROFILES": ("gen_tck.spec.clauses", "gen_tck.spec.profiles"),
    "oracle_of": ("gen_tck.conformance.explorer.oracle.models",),
    "runs": ("gen_tck.conformance.explorer.oracle.search",),
    "parse": ("gen_tck.conformance.explorer.text", "gen_tck.conformance.explorer.script.text"),
    "terms": ("gen_tck.spec.terms:",),
}
"""Each thing by the modules where a commit may have it, under its own name or the one after a colon."""


def get(name: str) -> Any:
    """The thing that :data:`PLACES` calls so."""
    for place in PLACES[name]:
        module, _, other = place.partition(":")
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            continue
        if place.endswith(":"):
            return found
        if hasattr(found, other or name):
            return getattr(found, other or name)
    raise SystemExit(f"no {name} in {', '.join(PLACES[name])}: add where this commit has it to PLACES")
