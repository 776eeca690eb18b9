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
    "ObservedNode": ("gen_tck.adapters.reference", "gen_tck.conformance.explorer.oracle.observed"),
    "Modelled": ("gen_tck.conformance.explorer.oracle.models",),
    "Oracle": ("gen_tck.conformance.explorer.oracle", "gen_tck.conformance.explorer.oracle.oracle"),
    "Report": ("gen_tck.conformance.explorer.judge", "gen_tck.conformance.explorer.play.report"),
    "SimulatedNode": ("gen_tck.adapters.reference",),
    "find": ("gen_tck.adapters.registry",),
    "judge_in_all_orders": (
        "gen_tck.conformance.explorer.judge",
        "gen_tck.conformance.explorer.findings.judge",
    ),
    "load_settled": (
        "gen_tck.conformance.explorer.settled:load",
        "gen_tck.conformance.explorer.findings.known:load",
    ),
    "PROFILES": ("gen_tck.spec.clauses", "gen_tck.spec.profiles"),
    "load_clauses": ("gen_tck.spec.clauses:load",),
    "oracle_of": ("gen_tck.conformance.explorer.oracle.models",),
    "runs": ("gen_tck.conformance.explorer.oracle.search",),
    "parse": ("gen_tck.conformance.explorer.text", "gen_tck.conformance.explorer.script.text"),
    "player": ("gen_tck.conformance.explorer.player", "gen_tck.conformance.explorer.play.player"),
    "settles": (
        "gen_tck.conformance.explorer.settled",
        "gen_tck.conformance.explorer.findings.known",
        "gen_tck.conformance.explorer.findings.known:known_as",
    ),
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
