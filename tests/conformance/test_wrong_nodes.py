"""Wrong nodes, each with the verdict and exit status that it must get: nothing is blamed on what is not its fault."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from gen_tck.conformance.run import uses
from tests.slow import is_slow

pytestmark = pytest.mark.vm

NODES = Path(__file__).parents[1] / "nodes"
SERVED = shlex.join([sys.executable, str(NODES / "served.py")])
MONITORS = "ownership/monitor-answers"

Certify: TypeAlias = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def certify(tmp_path: Path) -> Certify:
    """Certify the reference behind a relay that meddles: the exit status, the results, and what was printed."""

    def run(meddling: list[str], *options: str) -> tuple[int, dict[str, Any], str]:
        command = [sys.executable, str(NODES / "relay.py"), "--program", SERVED, *meddling]
        (tmp_path / "node.toml").write_text(f"command = {json.dumps(command)}\n")
        results = tmp_path / "results.json"
        script = Path(sys.executable).with_name("gen-tck")
        done = subprocess.run(
            [script, "certify", "./node.toml", "--no-check", "--results", results, *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        found = json.loads(results.read_text()) if results.exists() else {}
        return done.returncode, found, done.stdout + done.stderr

    return run


def verdicts(results: dict[str, Any]) -> Counter[str]:
    return Counter(case["verdict"] for case in results["cases"])


ONE = ("--clause", "ownership/controlling-process-answers", "--clause", "modes/setopts-answers")
SOME = ("--clause", "ownership/*")


def test_slow_node_is_blamed(certify: Certify) -> None:
    status, results, said = certify(["--delay", "20"], "--clause", "modes/once-*", "--clause", "receiving/exact-length")
    assert status == 0, said
    assert set(verdicts(results)) <= {"pass", "varies"}


def test_call_that_never_returns_costs_others(certify: Certify) -> None:
    status, results, said = certify(["--open", "inet.monitor/1"], *SOME)
    assert status == 1
    cases = {case["id"]: case for case in results["cases"]}
    users = {case for case in cases if MONITORS in (*uses.of(case), *cases[case]["clauses"])}
    assert len(users) > 5
    for case, it in cases.items():
        if MONITORS in it["clauses"]:
            assert (it["verdict"], it["seen"]) == ("fail", "it blocked")
        elif case in users:
            assert (it["verdict"], it["blocked_by"], it["own"]) == ("blocked", MONITORS, "not-run")
        else:
            assert it["verdict"] in (("left-out",) if is_slow(it["clauses"]) else ("pass", "varies")), it
    (root,) = results["roots"]
    assert (root["clause"], len(root["blocks"])) == (MONITORS, len(users) - 1)
    assert f"{MONITORS}: inet:monitor(" in said.splitlines()[-2]


def test_race_is_a_failure_or_a_pass(certify: Certify, tmp_path: Path) -> None:
    status, results, said = certify(["--once", "inet.setopts/2", str(tmp_path / "done")], *ONE)
    assert status == 2
    assert verdicts(results)["flaky"] == 1
    assert verdicts(results)["blocked"] == 0
    assert "passed alone: a race, or state left by " in said
    (flaky,) = (case for case in results["cases"] if case["verdict"] == "flaky")
    assert [look["verdict"] for look in flaky["looks"]] == ["fail", "pass"]


def test_node_that_dies_in_a_call_is_an_error_of_its_adapter(certify: Certify) -> None:
    status, results, _ = certify(["--die", "inet.monitor/1"], "--clause", MONITORS)
    assert status == 1
    (case,) = results["cases"]
    assert (case["verdict"], case["seen"], len(case["looks"])) == ("fail", "the node failed", 2)
    assert "it dies during inet.monitor/1" in case["message"]


def test_call_that_the_adapter_cannot_make_is_a_failure(certify: Certify) -> None:
    status, results, _ = certify(["--fail", "inet.monitor/1"], "--clause", MONITORS)
    assert status == 2
    (case,) = results["cases"]
    assert case["verdict"] == "inconclusive"
    assert case["message"].endswith(
        "could not make a call: inet.monitor/1 cannot be done"
        "; if it lacks that, leave it out of `calls` (or `helpers`), or write it"
    )


@pytest.mark.parametrize(
    ("meddling", "why"),
    [
        (["--silent", "settle"], "does not answer: `settle` took over 0.5 s"),
        (["--twice", "9"], "which is not open"),
        (["--unknown", "9"], "an answer to request 1000000000, which is not open"),
        (["--garbage", "9"], "'nonsense'"),
        (["--status", "asleep"], "'asleep'"),
        (["--same-pid"], "two processes have the number 1"),
    ],
)
def test_broken_protocol_is_a_failure(certify: Certify, meddling: list[str], why: str) -> None:
    clauses = ("--clause", "ownership/controlling-process-*", "--clause", "ownership/owners-end-closes-the-socket")
    status, results, said = certify(meddling, *clauses, "--limit", "answer=0.5")
    assert status == 2
    assert why in said
    assert verdicts(results)["adapter-error"] > 0
    assert verdicts(results)["fail"] == verdicts(results)["kit-error"] == 0
    assert results["conclusion"] == "COULD NOT TELL"


def test_failure_hides_an_adapter_error(certify: Certify) -> None:
    meddling = ["--open", "inet.monitor/1", "--status", "asleep"]
    status, results, said = certify(meddling, "--clause", "ownership/owners-end-*", "--clause", MONITORS)
    assert status == 2
    assert verdicts(results)["adapter-error"] > 0
    assert "adapter-error" in said


def test_unknown_claim_is_judged(certify: Certify) -> None:
    status, results, said = certify(["--profile", "udp"], *SOME)
    assert (status, results) == (2, {})
    assert "claims an unknown profile, 'udp'" in said


def test_node_that_never_rests_hangs_the_run(certify: Certify) -> None:
    status, results, said = certify(["--restless"], "--clause", MONITORS)
    assert status == 1, said
    (case,) = results["cases"]
    assert (case["expected"], case["seen"]) == ("the node to come to rest", "the node kept running")


def test_part_of_a_profile_is_the_whole(certify: Certify) -> None:
    calls = ("gen_tcp.connect/3", "gen_tcp.close/1", "inet.setopts/2")
    status, results, said = certify([word for call in calls for word in ("--call", call)], "--profile", "essentials")
    assert status == 2
    essentials = results["profiles"]["essentials"]
    assert essentials["claimed"] == "part"
    assert "gen_tcp.recv/2" in essentials["missing"]
    assert verdicts(results)["pass"] > 0
    assert verdicts(results)["unsupported"] > 0
    assert "claimed in part: essentials" in said
    assert "CONFORMS to" not in said


def test_total_limit_is_forgotten(certify: Certify) -> None:
    status, results, _ = certify([], *SOME, "--limit", "total=0.5")
    assert status == 2
    assert verdicts(results)["not-run"] > 0
    assert not results["complete"]
