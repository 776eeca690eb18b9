"""The table of what each case uses: it is what the traces show, and nothing in it goes round in a circle."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from gen_tck.conformance.run import uses
from gen_tck.conformance.run.listing import FOLDER, Listed, read
from gen_tck.conformance.run.used import BASICS, ERRORS, FOUNDATIONS, used_in
from gen_tck.conformance.run.uses import folded, merged, of
from gen_tck.conformance.traces.events import Call, CameBack, MailboxSeen
from gen_tck.conformance.traces.file import Header, NodeFacts, Trace
from gen_tck.spec.clauses import ancestors, load
from gen_tck.spec.profiles import CORE, PROFILES, expand, shortened
from gen_tck.spec.terms import term


def trace(*calls: tuple[object, ...], clauses: tuple[str, ...] = (), returned: object = "ok") -> Trace:
    """A trace of these calls: module, function, arguments."""
    made = [
        Call(at=0, call=number, process=1, module=str(module), function=str(function), args=tuple(map(term, args)))
        for number, (module, function, *args) in enumerate(calls, 1)
    ]
    header = Header(kit="0", case="it", clauses=list(clauses), node=NodeFacts())
    return Trace(header, [*made, CameBack(at=0, call=1, returned=term(returned))], None)


def test_use_is_overlooked_or_made_up() -> None:
    connect = ("gen_tcp", "connect", "address", 1, ["binary", ("packet", 4), ("foo", 1)])
    assert used_in(trace(connect)) == {
        *("ownership/connect-answers", "modes/mode-is-taken", "receiving/four-byte-header-is-taken")
    }
    assert used_in(trace(("inet", "setopts", "socket", [("active", False), ("packet", 0)]))) == {
        *("modes/setopts-answers", "modes/active-is-taken", "modes/packet-is-taken", "receiving/raw-is-taken")
    }
    assert used_in(trace(("inet", "getopts", "socket", ["buffer", "foo"]))) == {
        *("modes/getopts-answers", "modes/buffer-is-taken")
    }
    assert used_in(trace(("erlang", "link", "socket"), ("no", "such", "call"))) == set()
    assert used_in(trace(("gen_tcp", "send", "socket", b""), returned=("error", "closed"))) == {
        *("sending/send-answers", ERRORS)
    }


def test_basic_is_overlooked() -> None:
    recv = ("gen_tcp", "recv", "socket", 3)
    exact = {"receiving/exact-length", "modes/passive-delivers-nothing"}
    assert used_in(trace(recv, returned=("ok", b"abc"))) - set(FOUNDATIONS) == exact
    assert used_in(trace(recv, returned=("error", "timeout"))) - set(FOUNDATIONS) == {"receiving/times-out"}
    once = trace(("inet", "setopts", "socket", [("active", "once"), ("packet", 1)]))
    once.events.append(MailboxSeen(at=0, process=1, mailbox=(term(("tcp", "socket", b"a")),)))
    armed = {"modes/turning-active-delivers-what-waits", "modes/once-delivers-one-message"}
    seen = {"modes/active-delivers-messages", "receiving/length-header-is-stripped"}
    assert used_in(once) - set(FOUNDATIONS) == armed | seen


def test_basic_case_leans_on_a_later_one() -> None:
    both = trace(("gen_tcp", "recv", "socket", 3), returned=("ok", b"abc"), clauses=("receiving/exact-length",))
    assert used_in(both) == {"receiving/recv-answers", "modes/passive-delivers-nothing"}
    both.header.clauses = ["receiving/recv-answers"]
    assert used_in(both) == set()


def test_case_uses_what_it_is_about() -> None:
    assert used_in(trace(("gen_tcp", "close", "socket"), clauses=("closing/close-answers",))) == set()


def test_parameters_are_not_folded_or_lost() -> None:
    one, two = frozenset({"a/one"}), frozenset({"a/one", "a/two"})
    assert folded({"m::same[1]": one, "m::same[2]": one, "m::other[1]": one, "m::other[2]": two}) == {
        "m::other[1]": ("a/one",),
        "m::other[2]": ("a/one", "a/two"),
        "m::same": ("a/one",),
    }
    assert merged([{"m::it": one}, {"m::it": two, "m::its": one}]) == {"m::it": two, "m::its": one}


def test_case_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses, "load", lambda: {"m::same": ("a/one",), "m::other[1]": ("a/two",)})
    assert of("m::same[3]") == ("a/one",)
    assert of("m::other[1]") == ("a/two",)
    assert of("m::other[2]") == of("somebody/else.py::test_it") == ()


@pytest.fixture(scope="module")
def cases() -> list[Listed]:
    return read()


def test_case_or_clause_of_the_table_does_not_exist(cases: list[Listed]) -> None:
    table = uses.load()
    ids = {each.id for each in cases}
    assert set(table) <= ids | {uses.function_of(each) for each in ids}
    assert {clause for each in table.values() for clause in each} <= {*FOUNDATIONS, *BASICS}
    missing = [each.id for each in cases if each.id not in table and uses.function_of(each.id) not in table]
    assert missing == []


def test_case_is_blocked_by_itself(cases: list[Listed]) -> None:
    """The graph of cases (each builds on those about what it uses, and on those about its clauses' ancestors)."""
    clauses = load()
    about = defaultdict(set)
    for each in cases:
        about[each.clauses[0]].add(each.id)
    graph = {}
    for each in cases:
        below = frozenset(of(each.id)).union(*(ancestors(name, clauses) for name in each.clauses))
        graph[each.id] = set().union(*(about[name] for name in below - set(each.clauses)))
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_essential_case_needs_more(cases: list[Listed]) -> None:
    clauses = load()
    essential = [each for each in cases if clauses[each.clauses[0]].profile == "essentials"]
    needed = {each.id: {clauses[name].profile for name in of(each.id)} - {"essentials"} for each in essential}
    assert {case: profiles for case, profiles in needed.items() if profiles} == {}


def test_profile_cannot_be_reached_in_order(cases: list[Listed]) -> None:
    """A clause builds on none of a later profile, and a case of it at least gets along without later ones."""
    clauses, order = load(), PROFILES.index
    for each in clauses.values():
        for parent in each.builds_on:
            assert order(clauses[parent].profile) <= order(each.profile), f"{each.id} builds on {parent}"
    least: dict[str, int] = {}
    for case in cases:
        need = max((order(clauses[name].profile) for name in of(case.id)), default=0)
        for name in case.clauses:
            least[name] = min(least.get(name, need), need)
    late = {name: PROFILES[need] for name, need in least.items() if need > order(clauses[name].profile)}
    assert late == {}


def test_profile_is_too_small_or_too_large() -> None:
    sizes = {profile: sum(each.profile == profile for each in load().values()) for profile in PROFILES}
    assert 20 <= sizes["essentials"] <= 40
    assert sizes.pop("census") < 15, "it is a request of the protocol, of which little is to be said"
    assert all(15 <= size <= 100 for size in sizes.values()), sizes


def test_core_is_another_set_of_clauses() -> None:
    rest = set(PROFILES) - set(CORE)
    assert "active-n" in rest
    assert expand(["core"]) == set(PROFILES) - rest
    assert expand(["core", "active-n", "unknown"]) == (set(PROFILES) - rest) | {"active-n", "unknown"}
    assert expand(["resets"]) == {"resets"}
    assert shortened(expand(["active-n", "core"])) == ["core", "active-n"]
    assert shortened(["resets", "essentials"]) == ["essentials", "resets"]


def test_table_misses_a_use(tmp_path: Path) -> None:
    """Whatever is seen on the reference is in the table."""
    seen = uses.record("reference", tmp_path)
    missed = {case: names - set(of(case)) for case, names in seen.items()}
    assert {case: names for case, names in missed.items() if names} == {}


@pytest.fixture(scope="module")
def on_otp(erl: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, frozenset[str]]:
    return uses.record_all(tmp_path_factory.mktemp("uses"), [erl], rounds=1)


@pytest.mark.hostile
def test_table_misses_a_use_on_otp(on_otp: dict[str, frozenset[str]], cases: list[Listed]) -> None:
    late = late_of(cases)
    missed = {case: names - set(of(case)) - (IF_LATE if case in late else set()) for case, names in on_otp.items()}
    assert {case: names for case, names in missed.items() if names} == {}


@pytest.mark.hostile
def test_use_was_never_seen(
    on_otp: dict[str, frozenset[str]], cases: list[Listed], checkout: Path, tmp_path: Path
) -> None:
    """Whatever is in the table is seen somewhere; if not here, then on a later release."""
    clauses = {each.id: each.clauses[0] for each in cases}
    unseen = {case: left for case, names in on_otp.items() if (left := set(of(case)) - names)}
    for release in ("27", "29", "27", "29"):  # some go one way or the other
        if not unseen:
            break
        tool = [sys.executable, str(checkout / "tools/otp-releases"), "--erl", release]
        answer = subprocess.run(tool, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            pytest.skip(answer.stderr.strip())
        for node in ("otp", "otp-socket"):
            seen = uses.record(node, tmp_path, answer.stdout.strip(), {clauses[case] for case in unseen})
            unseen = {case: left for case, names in unseen.items() if (left := names - seen.get(case, frozenset()))}
    late = late_of(cases)
    assert {case: names for case, names in unseen.items() if names - (IF_LATE if case in late else set())} == {}


IF_LATE = {ERRORS, "sending/send-timeout-ends-a-blocked-send"}
"""What a case that tries longer and longer limits uses only where the machine was too slow for the first of them."""


def late_of(cases: list[Listed]) -> set[str]:
    return {each.id for each in cases if "in LIMITS:" in source_of(each)}


def source_of(case: Listed) -> str:
    """The function of a case, as it is written."""
    lines = (FOLDER / case.file).read_text().splitlines()[case.line - 1 :]
    end = next((number for number, line in enumerate(lines[1:], 1) if line.startswith(("def ", "@"))), len(lines))
    return "\n".join(lines[:end])


def test_timeout_strikes_while_a_server_begins(cases: list[Listed]) -> None:
    """On the socket backend that leaves a message to whoever has opened the socket, now and then.

    A timeout of 0 always may: whoever gives one is called hasty, and ends.
    """
    short = re.compile(r"(\w+)\.(?:begin\.)?gen_tcp\.(?:accept|connect)\(.*, (\d|1\d)\)(?!\])")
    bad = []
    for each in cases:
        source = source_of(each)
        for caller, timeout in short.findall(source):
            if not (timeout == "0" and caller == "hasty" and "hasty.kill()" in source):
                bad.append(each.id)
    assert bad == []


def test_timeouts_of_accepts_hide_in_a_loop(cases: list[Listed]) -> None:
    """Where the one before finds them, there is none."""
    assert [each.id for each in cases if re.search(r"for timeout in \(\d", source_of(each))] == []
