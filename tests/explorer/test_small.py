"""Making findings small is shown and bounded, and may be interrupted: what was found is kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gen_tck.adapters import interrupts, registry
from gen_tck.adapters.reference import SimulatedNode
from gen_tck.conformance.explorer import session
from gen_tck.conformance.explorer.findings.plan import Plan
from gen_tck.conformance.explorer.findings.results import Results
from gen_tck.conformance.explorer.session import Options, Watch, explore
from gen_tck.conformance.output.targets import Target
from tests.explorer.conftest import EndIsNotTold

SMALL, TRACES = "making small scripts of what is unexplained", "keeping traces of what is unexplained"


@pytest.fixture(autouse=True)
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_open_reference", lambda: SimulatedNode(EndIsNotTold))


def _explored(tmp_path: Path, watch: Watch) -> Results:
    return explore(Options("reference", Plan(200), results=Target(tmp_path / "x.json")), watch)


def _steps(results: Results) -> list[int]:
    return [len(each.script) for each in results.unexplained]


def test_what_is_done_after_playing_is_not_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    found = _explored(tmp_path, Watch(then=lambda *each: told.append(each)))
    groups = len(found.unexplained)
    assert Counter(what for what, _, _ in told) == {SMALL: groups, TRACES: groups}
    assert told[0] == (SMALL, 1, groups)
    assert not found.interrupted


def test_no_time_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = _explored(tmp_path, Watch())
    monkeypatch.setattr(session, "SHRINK_SECONDS", 0.0)
    told: list[str] = []
    large = _explored(tmp_path, Watch(then=lambda what, *_: told.append(what)))
    assert SMALL not in told
    assert [each.kind for each in large.unexplained] == [each.kind for each in small.unexplained]
    assert sum(_steps(large)) > sum(_steps(small))


@pytest.mark.parametrize("during", [SMALL, TRACES])
def test_interrupt_loses_what_was_found(during: str, tmp_path: Path) -> None:
    def then(what: str, number: int, _: int) -> None:
        if (what, number) == (during, 2):
            interrupts.stop()

    with interrupts.fresh():
        found = _explored(tmp_path, Watch(then=then))
    assert found.interrupted
    assert (found.scripts, len(found.missing())) == (200, 0)
    assert len(found.unexplained) > 2
    assert (tmp_path / "x.json").exists()
