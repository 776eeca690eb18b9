"""Whatever comes from outside is taken, or refused with the error that is declared: never anything else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gen_tck.adapters import wire
from gen_tck.conformance.results.file import Results
from gen_tck.conformance.traces import lines as trace_lines
from tests.hostile.decoders import DECODERS, JSON
from tests.hostile.mutations import mutated

SHARES = {
    "answer": 250_000,
    "hello": 120_000,
    "term": 250_000,
    "term-text": 150_000,
    "script": 100_000,
    "trace-line": 40_000,
    "trace": 10_000,
    "results": 40_000,
    "deviations": 20_000,
    "known": 10_000,
    "manifest": 10_000,
}
"""How many malformed inputs each gets: a million together."""


def _feed(name: str, count: int, seed: int) -> int:
    random, decoder = Random(f"{name} {seed}"), DECODERS[name]
    return sum(decoder.survives(mutated(random, decoder.seeds)) for _ in range(count))


@pytest.mark.parametrize("name", DECODERS)
def test_what_is_sound_is_refused(name: str) -> None:
    decoder = DECODERS[name]
    taken = [decoder.survives(each) for each in decoder.seeds]
    assert all(taken) or name == "term-text"  # handles and maps are shown, and not read again


@pytest.mark.parametrize("name", DECODERS)
def test_malformed_input_is_a_crash(name: str) -> None:
    assert _feed(name, SHARES[name] // 500, 0) < SHARES[name] // 500


@pytest.mark.hostile
@pytest.mark.parametrize("name", DECODERS)
def test_one_of_a_million_malformed_inputs_is_a_crash(name: str) -> None:
    assert sum(SHARES.values()) == 1_000_000
    assert _feed(name, SHARES[name], 1) < SHARES[name]


@pytest.mark.hostile
@pytest.mark.parametrize("name", DECODERS)
def test_fuzzing_finds_a_crash(name: str, tmp_path: Path, checkout: Path) -> None:
    pytest.importorskip("atheris", reason="atheris is not installed: pip install -e '.[hostile]'")
    runs = SHARES[name] // 10
    options = [f"-runs={runs}", f"-artifact_prefix={tmp_path}/"]
    command = [sys.executable, "-m", "tests.hostile.fuzz", name, str(tmp_path / "corpus"), *options]
    environment = os.environ | {"TMPDIR": str(tmp_path)}  # nobody cleans up where libFuzzer ends
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {runs} runs" in done.stderr


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["ok", "pid", "$a", "call", "pass", 10**30])
)
_TAGS = {"$a", "$b", "$t", "$i", "$m", "$h", "$r", "$f", "kind"}
_FIELDS = {
    *wire.Answer.__struct_fields__,
    *wire.Hello.__struct_fields__,
    *Results.__struct_fields__,
    *trace_lines.SEEN,
}
_KEYS = st.sampled_from(sorted(_TAGS | _FIELDS | {"at", "do", "call", "process", "peer", "args"})) | st.text(max_size=3)
VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5), max_leaves=12
)
"""Any JSON, with the words of the kit in it."""


@pytest.mark.parametrize("name", JSON)
@given(value=VALUES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_json_of_another_shape_is_a_crash(name: str, value: object) -> None:
    DECODERS[name].survives(json.dumps(value).encode())


DEPTHS = (10, 100, 1000, 20_000)


@pytest.mark.parametrize("name", JSON)
def test_depth_is_a_crash(name: str) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}"), ('{"$t":[', "]}"), ('{"$m":[[', ",1]]}")):
        for depth in DEPTHS:
            nested = f"{opening * depth}1{closing * depth}".encode()
            for data in (nested, b'{"id":1,"returned":%s}' % nested, b'{"at":1,"call":1,"returned":%s}' % nested):
                DECODERS[name].survives(data)


def test_depth_of_text_is_a_crash() -> None:
    for opening, closing in (("[", "]"), ("{", "}"), ("<<", ">>"), ("[[{", "}]]"), ("#{1=>", "}"), ("[1|", "]")):
        for depth in DEPTHS:
            for text in (opening * depth, f"{opening * depth}1{closing * depth}"):
                DECODERS["term-text"].survives(text.encode())
                DECODERS["script"].survives(f"connect with {text}\n".encode())
                call = f"connect with [binary]\nowner: gen_tcp:send('$socket', {text})\n"
                DECODERS["script"].survives(call.encode())
