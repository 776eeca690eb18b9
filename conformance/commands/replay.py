"""A recorded case on a node once more, and where what is seen first differs from what was recorded."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gen_tck.adapters import registry
from gen_tck.adapters.limits import parse, settings
from gen_tck.conformance.commands.rejudge import file_of, is_script, no_such_case, with_reason
from gen_tck.conformance.explorer.findings import recorded as scripts
from gen_tck.conformance.explorer.findings.known_node import Known
from gen_tck.conformance.explorer.oracle.oracle import OracleError
from gen_tck.conformance.results.deviations import without_numbers
from gen_tck.conformance.results.verdicts import Case
from gen_tck.conformance.run.certify import play
from gen_tck.conformance.run.options import Options
from gen_tck.conformance.run.session import Run
from gen_tck.conformance.traces import evidence
from gen_tck.conformance.traces import file as traces
from gen_tck.conformance.traces.cases import recorded_case
from gen_tck.conformance.traces.file import Trace
from gen_tck.conformance.traces.narration import Step, comparable, narrate


class CannotReplay(Exception):
    """The case cannot be run again, or said nothing; the message is one line."""


@dataclass
class Replayed:
    """A case as it was recorded and as it went this time."""

    recorded: Case
    case: Case
    recorded_steps: list[Step]
    steps: list[Step]
    difference: int | None
    """The number of the first step that is another one, from 0; ``None`` if none is."""
    node: str

    @property
    def agrees(self) -> bool:
        """Whether the same was seen in the end, whatever way led there."""
        return _essence(self.case) == _essence(self.recorded)


def _essence(case: Case) -> tuple[object, ...]:
    # Whether a failure is a recorded deviation is no matter here: it is seen, or it is not.
    verdict = "fail" if case.verdict in ("deviates", "blocked") else case.verdict
    return verdict, case.variants, without_numbers(case.expected), without_numbers(case.seen)


def replay(trace: Trace, node: str, erl: str, limits: Sequence[str] = ()) -> Replayed:
    """Run the case of ``trace`` on ``node``, within ``limits`` (``NAME=VALUE``).

    Raises :class:`CannotReplay`, ``TraceError``, ``NodeError``, or ``UsageError`` for an
    unknown node.
    """
    traces.check_calls(trace)
    if is_script(trace):
        return _replay_script(trace, node, erl, limits)
    recorded, file = recorded_case(trace), file_of(trace.header.case)
    if file is None:
        raise CannotReplay(no_such_case(trace))
    with tempfile.TemporaryDirectory(prefix="gen-tck-") as folder:
        results = Path(folder) / "results.json"
        options = Options(node, erl, results=results, strict=True, cases=frozenset([recorded.id]), limits=tuple(limits))
        played = play(Run(options), [file])
        if played.interrupted:
            raise KeyboardInterrupt
        case = played.cases.get(recorded.id)
        if case is None:
            raise CannotReplay("; ".join(played.trouble) or no_such_case(trace))
        if case.trace is None:
            raise CannotReplay(case.message or f"{case.id} was not recorded")
        again = traces.read(
            results.parent / evidence.folder_of(results).name / evidence.name_of(case.id), parse(limits)
        )
    return _compared(trace, recorded, again, case)


def _replay_script(trace: Trace, node: str, erl: str, limits: Sequence[str]) -> Replayed:
    recorded = recorded_case(trace)
    entry = registry.find(node, erl=erl, limits=settings(limits))
    player = entry.open()
    try:
        case, again = scripts.play_again(trace, player, Known.of(entry, player.capabilities), entry.limits)
    except OracleError as reason:
        raise CannotReplay(str(reason)) from reason
    finally:
        player.close()
    return _compared(trace, recorded, again, with_reason(case, recorded))


def _compared(trace: Trace, recorded: Case, again: Trace, case: Case) -> Replayed:
    old, new = narrate(trace.events), narrate(again.events)
    facts = again.header.node
    return Replayed(
        recorded,
        case,
        old,
        new,
        _first_difference(trace, old, again, new),
        f"{facts.name} {facts.version}".strip(),
    )


def _first_difference(trace: Trace, old: list[Step], again: Trace, new: list[Step]) -> int | None:
    before, now = comparable(old, trace.events), comparable(new, again.events)
    for number, (one, other) in enumerate(zip(before, now, strict=False)):
        if one != other:
            return number
    return None if len(before) == len(now) else min(len(before), len(now))
