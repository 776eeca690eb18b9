"""A trace that nobody recorded is said to fit no test: it is not played for ever, and breaks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from gen_tck.conformance.traces.file import read
from gen_tck.conformance.traces.playback import Playback
from gen_tck.conformance.traces.tape import TraceMismatch

HEADER = (
    '{"gen_tck_trace":1,"kit":"0","case":"modes/test_a.py::test_a","clauses":["modes/active-by-default"],'
    '"node":{"name":"n","version":"1","clock":"real","homepage":"","details":{},"profiles":[]}}'
)
CASE = '{"id":"modes/test_a.py::test_a","clauses":["modes/active-by-default"],"verdict":"pass"}'
WAIT = '{"at":0.1,"do":"wait"}'
REST = '{"at":0.2,"rest":false}'
SETTLE = '{"at":0.2,"do":"settle"}'
WAITED = '{"at":0.3,"waited":true}'


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize(
    "lines",
    [(WAIT, REST, WAITED), (WAIT, SETTLE, WAITED), (WAIT, REST), (WAIT, SETTLE), (WAIT,), (SETTLE, WAITED), ()],
    ids=lambda lines: f"{len(lines)} lines",
)
def test_wait_that_was_never_recorded_goes_on_for_ever(tmp_path: Path, lines: Sequence[str], held: bool) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join([HEADER, *lines, f'{{"case":{CASE}}}']) + "\n")
    with pytest.raises(TraceMismatch, match=r"the trace does not fit the test: the test (waits|does `wait`|is over)"):
        Playback(read(path)).wait(lambda: held)
