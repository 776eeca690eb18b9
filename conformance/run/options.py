"""What is asked of a run, and how it reaches the pytest processes that make it.

``gen-tck`` gives pytest a run that is made already, plain ``pytest`` has options of its own for one. The controller of
pytest-xdist's workers hands to each what it was asked itself, with the folders that they share.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gen_tck.conformance.results.verdicts import JUDGED


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    node: str = "reference"
    erl: str = "erl"
    clauses: tuple[str, ...] = ()
    """Globs on clause ids; none means all."""
    profiles: tuple[str, ...] = ()
    results: Path | None = None
    strict: bool = False
    """Take no notice of the recorded deviations."""
    cases: frozenset[str] | None = None
    """Ids of cases; ``None`` means all."""
    update_deviations: bool = False
    """Bring the recorded deviations up to date with what is seen; they may wait for their reasons."""
    levels: tuple[str, ...] = JUDGED
    """The levels of clauses that the conclusion judges."""
    run_blocked: bool = False
    """Also run what is blocked by a failure."""
    limits: tuple[str, ...] = ()
    """``NAME=VALUE`` of :class:`~gen_tck.adapters.limits.Limits`."""
    first_root: bool = False
    """Stop at the first confirmed failure."""
    slow: bool = False
    """Also run what is slow on a node with a real clock."""
    unchecked: bool = False
    """Run the cases whether or not the node's adapter speaks the protocol."""


# On pytest's command line


def add_to(parser: pytest.Parser) -> None:
    """Add the options of the kit to those of pytest."""
    group = parser.getgroup("gen_tck", "conformance of Erlang-style TCP sockets")
    group.addoption("--node", help="the implementation to judge (default: reference)")
    group.addoption("--erl", default="erl", metavar="COMMAND", help="the command that starts Erlang (default: erl)")
    group.addoption("--clause", action="append", default=[], metavar="GLOB", help="only cases of matching clauses")
    group.addoption("--profile", action="append", default=[], help="only cases of clauses of this profile")
    group.addoption("--results", type=_file, metavar="FILE", help="write the results to FILE (JSON)")
    # pytest has a --strict of its own.
    group.addoption("--update-deviations", action="store_true", help=argparse.SUPPRESS)  # gen-tck does it afterwards
    group.addoption("--no-deviations", action="store_true", help="take no notice of the recorded deviations")
    group.addoption("--level", action="append", default=[], help="judge clauses of this level (default: must, should)")
    group.addoption("--limit", action="append", default=[], metavar="NAME=VALUE", help="what the run may cost at most")
    group.addoption("--run-blocked", action="store_true", help="also run the cases that a failure blocks")
    # Many a suite has a --slow of its own.
    group.addoption("--with-slow", action="store_true", help="also run the slow cases of a node with a real clock")
    group.addoption("--first-root", action="store_true", help="stop at the first confirmed failure")
    group.addoption("--no-check", action="store_true", help="do not see first whether the node speaks the protocol")


def _file(name: str) -> Path:
    if name == "-":
        raise argparse.ArgumentTypeError("standard output is pytest's own: gen-tck certify --results - prints results")
    return Path(name)


def names_a_run(config: pytest.Config) -> bool:
    """Whether the command line asks for something that only a run of the kit has."""
    option = config.option
    return bool(option.node or option.clause or option.profile or option.results)


def of_command_line(config: pytest.Config) -> Options:
    """What pytest's command line asks for."""
    option = config.option
    return Options(
        node=option.node or Options.node,
        erl=option.erl,
        clauses=tuple(option.clause),
        profiles=tuple(option.profile),
        results=option.results,
        strict=option.no_deviations,
        update_deviations=option.update_deviations,
        levels=tuple(option.level) or JUDGED,
        run_blocked=option.run_blocked or option.update_deviations,
        limits=tuple(option.limit),
        first_root=option.first_root,
        slow=option.with_slow,
        unchecked=option.no_check,
    )


# From the controller to its workers

_HANDED = "gen_tck_handed"


@dataclass(frozen=True)
class Handed:
    """What a worker is told."""

    options: Options
    shared: Path
    """A folder in which the workers tell each other what is known."""
    traces: Path | None
    """The folder of the traces while the run lasts, if they are kept."""


def hand(workerinput: dict[str, Any], handed: Handed) -> None:
    """Put ``handed`` into what xdist gives to a worker."""
    workerinput[_HANDED] = msgspec.json.encode(handed, enc_hook=str).decode()


def handed_to(config: pytest.Config) -> Handed | None:
    """What this process was told; ``None`` if it is no worker of a run."""
    text: str | None = getattr(config, "workerinput", {}).get(_HANDED)
    return None if text is None else msgspec.json.decode(text, type=Handed, dec_hook=lambda kind, value: kind(value))
