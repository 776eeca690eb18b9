"""The pytest plugin: which tests are cases, what verdicts they get, and what becomes of a node that fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gen_tck.adapters.interface import AdapterError, Node, NodeDied, NodeUnavailable
from gen_tck.adapters.reference import ReferenceProcess, SimulatedNode

if TYPE_CHECKING:
    from tests.conformance.conftest import Kit

GOOD = """
@clause("modes/base")
def test_good(scenario):
    owner = scenario.process("owner")
    socket, peer = scenario.connect(owner, active=True)
    peer.send(b"x")
    owner.receives(tcp(socket, b"x"))
"""


def claiming(*profiles: str, calls: frozenset[str] | None = None) -> SimulatedNode:
    """The reference, claiming less than it can."""
    node = SimulatedNode()
    node.capabilities = replace(node.capabilities, profiles=frozenset(profiles), calls=calls)
    return node


# Verdicts


def test_cases_get_other_verdicts(kit: Kit) -> None:
    kit.write(
        test_it=GOOD
        + """
@clause("modes/base")
def test_bad(scenario):
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.recv(socket, 0, 0), ok(b"x"), "first")

@clause("modes/base")
def test_bare_assertion(scenario):
    assert 1 == 2

@clause("modes/upper")
def test_on_top(scenario):
    expect(1, 2)

@clause("modes/either")
def test_either(scenario):
    assert scenario.varies(error("b"), one=error("a"), other=error("b")) == "other"

@clause("modes/counting")
def test_counting(scenario):
    expect(1, 2)

@clause("ownership/mine")
def test_unclear(scenario):
    raise Inconclusive("it would not get busy")

@clause("ownership/mine")
def test_wrong(scenario):
    scenario.no_such_thing()
"""
    )
    result = kit.run(node=lambda: claiming("core"))
    assert kit.verdicts() == {
        "test_unclear": "inconclusive",
        "test_wrong": "kit-error",
        "test_bad": "fail",
        "test_bare_assertion": "fail",
        "test_good": "pass",
        "test_on_top": "blocked",
        "test_counting": "unsupported",
        "test_either": "varies",
    }
    cases = {case.name: case for case in kit.results().cases}
    bad = cases["test_bad"]
    assert bad.id == "test_it.py::test_bad"
    assert (bad.expected, bad.seen, bad.where) == ('{ok,<<"x">>}', "{error,timeout}", "first")
    assert bad.place == "test_it.py:17"
    assert cases["test_bare_assertion"].seen == "assert 1 == 2"
    assert cases["test_either"].variants == ["other"]
    assert cases["test_unclear"].message == "it would not get busy"
    assert cases["test_wrong"].message.startswith("AttributeError: ")
    assert cases["test_counting"].message == "the node does not claim the profile active-n"
    result.assert_outcomes(passed=2, failed=4, skipped=2)
    assert result.ret == 2  # the kit-error
    result.stdout.fnmatch_lines(
        [
            "sick (reference *): 1 pass, 1 varies, 1 unsupported, 1 blocked, 1 inconclusive, 1 kit-error, 2 fail",
            "sick: COULD NOT TELL: 1 root, 2 cases fail, *",
        ]
    )


def test_message_that_nobody_expected_is_forgiven(kit: Kit) -> None:
    kit.write(
        test_it="""
        @clause("modes/base")
        def test_surplus(scenario):
            owner = scenario.process("owner")
            socket, peer = scenario.connect(owner, active=True, packet=1)
            peer.send(b"\\x01a\\x01b")
            owner.holds(tcp(socket, b"a"), tcp(socket, b"b"))
            owner.process.take(1)
        """
    )
    kit.run()
    (case,) = kit.results().cases
    assert (case.verdict, case.where) == ("fail", "left over at owner")
    assert case.place == "test_it.py:6"


def test_unsupported_case_is_run(kit: Kit) -> None:
    kit.write(test_it=GOOD)

    class Fragile(SimulatedNode):
        def spawn(self) -> ReferenceProcess:
            raise AssertionError("it was run")

    def start() -> Node:
        node = Fragile()
        node.capabilities = replace(node.capabilities, profiles=frozenset(["active-n"]))
        return node

    kit.run(node=start).assert_outcomes(skipped=1)
    assert kit.verdicts() == {"test_good": "unsupported"}
    assert kit.results().conclusion == "COULD NOT TELL"


def test_undeclared_call_is_tried(kit: Kit) -> None:
    kit.write(test_it=GOOD)
    kit.run(node=lambda: claiming("core", calls=frozenset(["gen_tcp.listen/2"]))).assert_outcomes(skipped=1)
    (case,) = kit.results().cases
    assert (case.verdict, case.message) == ("unsupported", "the node does not offer gen_tcp.connect/3")


def test_call_outside_the_catalogue_is_let_through(kit: Kit) -> None:
    kit.write(
        test_it="""
        @clause("modes/base")
        def test_odd_call(scenario):
            scenario.process("owner").gen_tcp.receive(1)
        """
    )
    kit.run()
    (case,) = kit.results().cases
    assert case.verdict == "kit-error"
    assert case.message == "ValueError: gen_tcp.receive/1 is not in the catalogue of calls, spec/calls.py"


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("inet.getif()", "inet.getif/0 is out of scope: the network's interfaces"),
        ("inet.setopts(1, [('tos', 1)])", "the option tos is out of scope: the headers of packets"),
        ("erlang.monotonic_time('second')", "the reference does not say what erlang.monotonic_time/1 does: a unit of"),
    ],
)
def test_what_is_out_of_scope_is_an_error(kit: Kit, call: str, what: str) -> None:
    kit.write(
        test_it=f"""
        @clause("modes/base")
        def test_odd_call(scenario):
            scenario.process("owner").{call}
        """
    )
    kit.run(node=SimulatedNode)
    (case,) = kit.results().cases
    assert case.verdict == "unsupported"
    assert case.message.startswith(what)


def test_variant_that_the_clause_does_not_name_is_recorded(kit: Kit) -> None:
    kit.write(
        test_it="""
        @clause("modes/either")
        def test_either(scenario):
            scenario.varies(error("b"), one=error("a"), third=error("b"))
        """
    )
    kit.run()
    (case,) = kit.results().cases
    assert (case.verdict, case.variants) == ("kit-error", [])
    assert case.message == "ValueError: the clause names no variant third"


def test_variant_none_of_those_named_passes(kit: Kit) -> None:
    kit.write(
        test_it="""
        @clause("modes/either")
        def test_either(scenario):
            scenario.varies(error("c"), one=error("a"), other=error("b"))
        """
    )
    kit.run()
    (case,) = kit.results().cases
    assert (case.verdict, case.expected, case.seen) == ("fail", "{error,a} (one) or {error,b} (other)", "{error,c}")


# Collection


def test_test_without_a_clause_is_collected(kit: Kit) -> None:
    kit.write(
        test_it="""
        def test_nothing_in_particular(scenario):
            pass

        @clause("modes/basis")
        def test_something_else(scenario):
            pass
        """,
        test_other=GOOD,
    )
    result = kit.run()
    result.stdout.fnmatch_lines(
        [
            'test_it.py:6: test_nothing_in_particular names no clause; put @clause("chapter/slug") above it',
            "test_it.py:9: test_something_else names modes/basis, which is no clause; did you mean modes/base?",
        ]
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)


def test_cases_run_in_another_order(kit: Kit) -> None:
    kit.write(
        test_a="""
        @clause("modes/either", "ownership/mine")
        def test_last(scenario): ...

        @clause("modes/base")
        def test_second(scenario): ...
        """,
        test_b="""
        @clause("ownership/mine")
        def test_first(scenario): ...
        """,
    )
    result = kit.run("--collect-only", "-q")
    assert [line.rpartition("::")[2] for line in result.outlines if "::" in line] == [
        "test_first",
        "test_second",
        "test_last",
    ]


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        (["--clause=modes/*"], {"test_base", "test_counting", "test_both"}),
        (["--clause=*/mine", "--clause=*/counting"], {"test_mine", "test_counting", "test_both"}),
        (["--profile=active-n"], {"test_counting"}),
        (["--profile=core", "--clause=modes/*"], {"test_base", "test_both"}),
    ],
)
def test_choice_chooses_others(kit: Kit, arguments: list[str], chosen: set[str]) -> None:
    kit.write(
        test_it="""
        @clause("ownership/mine")
        def test_mine(scenario): ...

        @clause("modes/base")
        def test_base(scenario): ...

        @clause("modes/counting")
        def test_counting(scenario): ...

        @clause("modes/base", "ownership/mine")
        def test_both(scenario): ...
        """
    )
    result = kit.run(*arguments)
    assert set(kit.verdicts()) == chosen
    result.assert_outcomes(passed=len(chosen), deselected=4 - len(chosen))


def test_other_peoples_tests_are_judged(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def scenario():
            return "mine"

        @pytest.mark.clause("of a contract")
        def test_mine(scenario):
            assert scenario == "mine"
        """
    )
    result = pytester.runpytest_inprocess("--strict-markers")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*gen_tck *")


def test_somebody_elses_test_of_our_world_is_no_case(kit: Kit, pytester: pytest.Pytester, monkeypatch: Any) -> None:
    kit.write(test_it=GOOD)
    monkeypatch.setattr("gen_tck.conformance.run.collection.FOLDER", pytester.path / "elsewhere")
    kit.run()
    (case,) = kit.results().cases
    assert (case.id, case.verdict) == ("test_it.py::test_good", "pass")


def test_malformed_specification_is_a_traceback(kit: Kit) -> None:
    chapter = kit.pytester.path / "chapters" / "modes.md"
    chapter.write_text(chapter.read_text().replace(":level: must", ":level: mst", 1).replace("slug", "", 1))
    kit.write(test_it=GOOD)
    result = kit.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *modes.md:2: unknown level 'mst'; use must, should or may"])
    result.stdout.no_fnmatch_line("*Traceback*")


# Workers

WORKERS = """
import os, signal
import pytest

@pytest.mark.clause("modes/active-delivers-messages")
@pytest.mark.parametrize("number", range(4))
def test_it(scenario, number):
    scenario.process("anybody")
    if number == 2 and os.environ.get("CRASH"):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_without_a_node_named_come_to_no_verdict(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it=WORKERS)
    result = pytester.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["reference (reference *): 4 pass", "reference: CONFORMS in * clause* of * (must *)"])


def test_crash_of_a_worker_goes_unnoticed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(test_it=WORKERS)
    monkeypatch.setenv("CRASH", "1")
    result = pytester.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider", "--node=reference")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "reference (reference *): 3 pass, 1 not-run",
            "a worker crashed while it ran *::test_it[[]2[]]",
            "reference: COULD NOT TELL: 1 case was not run, the run is not complete (*)",
        ]
    )


# A node that fails

THREE = """
@clause("ownership/mine")
def test_first(scenario):
    scenario.process("first")

@clause("modes/base")
def test_second(scenario):
    scenario.process("second").inet.port(1)

@clause("modes/either")
def test_third(scenario):
    scenario.process("third")
"""


def test_death_in_the_middle_ends_the_run(kit: Kit) -> None:
    nodes: list[SimulatedNode] = []

    class Frail(SimulatedNode):
        def spawn(self) -> ReferenceProcess:
            process = super().spawn()
            process.call = self._die  # type: ignore[assignment, method-assign]
            return process

        def _die(self, *_: object) -> Any:
            raise NodeDied("the node died: Segmentation fault")

    def start() -> Node:
        nodes.append(Frail())
        return nodes[-1]

    kit.write(test_it=THREE)
    kit.run(node=start)
    assert kit.verdicts() == {"test_first": "pass", "test_second": "fail", "test_third": "pass"}
    died = kit.results().cases[1]
    assert (died.expected, died.seen) == ("the node to go on", "the node failed")
    assert died.message == "the node died: Segmentation fault"
    assert len(nodes) == 3  # it was looked at twice


def test_death_while_clearing_is_blamed_on_the_next_case(kit: Kit) -> None:
    class Frail(SimulatedNode):
        clears = 0

        def clear(self) -> None:
            self.clears += 1
            if self.clears == 2:
                raise NodeDied("it fell over")
            super().clear()

    nodes: list[Frail] = []

    def start() -> Node:
        nodes.append(Frail())
        return nodes[-1]

    kit.write(test_it=THREE)
    kit.run(node=start)
    # On a fresh node it does not happen again: then it is nothing that the case alone is to blame for.
    assert kit.verdicts() == {"test_first": "pass", "test_second": "flaky", "test_third": "flaky"}
    assert kit.results().cases[1].looks[0].message == "it fell over"
    assert len(nodes) == 3


def test_hopeless_node_is_started_for_every_case(kit: Kit) -> None:
    started = []

    class Dead(SimulatedNode):
        def spawn(self) -> ReferenceProcess:
            raise NodeDied("dead")

    def start() -> Node:
        started.append(1)
        return Dead()

    tests = [f'@clause("modes/base")\ndef test_{number}(scenario):\n    scenario.process("a")\n' for number in range(8)]
    kit.write(test_it="\n".join(tests))
    kit.run("--limit", "failures_in_a_row=6", node=start)
    assert list(kit.verdicts().values()) == ["fail"] * 3 + ["not-run"] * 5
    assert kit.results().conclusion == "DOES NOT CONFORM"
    assert not kit.results().complete
    assert len(started) == 6


def test_missing_node_fails_the_cases(kit: Kit) -> None:
    def start() -> Node:
        raise NodeUnavailable("no such thing here: install it")

    kit.write(test_it=THREE)
    result = kit.run(node=start)
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*no such thing here: install it*"])
    result.assert_outcomes()


# Recorded deviations

DEVIATING = """
@clause("modes/base")
def test_bad(scenario):
    owner = scenario.process("owner")
    socket, _ = scenario.connect(owner)
    expect(owner.gen_tcp.recv(socket, 0, 0), socket)
"""
RECORDED = """
[[deviation]]
clause = "modes/base"
test = "test_bad"
seen = "{error,timeout}"
reason = "it likes to"
"""


def test_recorded_deviation_fails(kit: Kit) -> None:
    kit.write(test_it=DEVIATING)
    kit.record(RECORDED)
    result = kit.run()
    assert result.ret == 0
    result.assert_outcomes(xfailed=1)
    (case,) = kit.results().cases
    assert (case.verdict, case.message) == ("deviates", "it likes to")
    assert kit.results().conclusion == "DEVIATES AS RECORDED"


def test_deviations_count_though_they_shall_not(kit: Kit) -> None:
    kit.write(test_it=DEVIATING)
    kit.record(RECORDED)
    kit.run("--no-deviations").assert_outcomes(failed=1)
    assert kit.results().conclusion == "DOES NOT CONFORM"


def test_stale_deviation_is_no_error(kit: Kit) -> None:
    kit.write(test_it=GOOD.replace("test_good", "test_bad"))
    kit.record(RECORDED)
    result = kit.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*/sick.deviations.toml: the deviation of test_bad from modes/base is stale: recorded was {error,timeout}, "
            "but it passed"
        ]
    )
    assert kit.results().conclusion == "DOES NOT CONFORM"


def test_deviating_case_that_fails_in_another_way_is_forgiven(kit: Kit) -> None:
    kit.write(test_it=DEVIATING)
    kit.record(RECORDED.replace("timeout", "closed"))
    kit.run().assert_outcomes(failed=1)
    assert kit.verdicts() == {"test_bad": "fail"}
    assert len(kit.results().stale) == 1


def test_recorded_deviation_is_looked_at_twice(kit: Kit) -> None:
    kit.write(test_it=DEVIATING)
    kit.record(RECORDED)
    started: list[Node] = []

    def start() -> Node:
        started.append(SimulatedNode())
        return started[-1]

    kit.run(node=start)
    assert len(started) == 1
    assert kit.results().cases[0].looks == []


# Looks


def test_failure_is_believed_at_once(kit: Kit) -> None:
    kit.write(test_it="@clause('modes/base')\ndef test_bad(scenario):\n    expect(1, 2, 'numbers')\n")
    nodes: list[Node] = []

    def start() -> Node:
        nodes.append(SimulatedNode())
        return nodes[-1]

    kit.run(node=start)
    (case,) = kit.results().cases
    assert (case.verdict, [look.verdict for look in case.looks]) == ("fail", ["fail", "fail"])
    assert len(nodes) == 2


def test_failure_that_passes_alone_is_a_failure(kit: Kit) -> None:
    kit.write(
        test_it="""
        looks = []

        @clause("ownership/mine")
        def test_before(scenario):
            pass

        @clause("modes/base")
        def test_bad(scenario):
            looks.append(1)
            expect(len(looks), 2)

        @clause("modes/upper")
        def test_upper(scenario):
            pass
        """
    )
    result = kit.run()
    assert kit.verdicts() == {"test_before": "pass", "test_bad": "flaky", "test_upper": "pass"}
    bad = next(case for case in kit.results().cases if case.name == "test_bad")
    assert [look.verdict for look in bad.looks] == ["fail", "pass"]
    assert bad.message == "passed alone: a race, or state left by test_it.py::test_before"
    assert (bad.expected, bad.seen) == ("2", "1")
    assert kit.results().conclusion == "COULD NOT TELL"
    assert result.ret == 2


def test_node_that_was_given_up_is_looked_at_again(kit: Kit) -> None:
    class Broken(SimulatedNode):
        stops = 0  # it stands still whenever it is asked for a process

        def spawn(self) -> ReferenceProcess:
            self.stops += 1
            raise AdapterError("it cannot be had")

    kit.write(
        test_it="""
        @clause("modes/base")
        def test_bad(scenario):
            scenario.process("owner")
        """
    )
    kit.run(node=Broken)
    (case,) = kit.results().cases
    assert (case.verdict, case.message, case.stood_still) == ("adapter-error", "it cannot be had", 0)


def test_case_during_which_the_node_stood_still_counts(kit: Kit) -> None:
    class Stopping(SimulatedNode):
        stopped = 0

        @property
        def stops(self) -> int:
            return self.stopped

    node = Stopping()
    kit.write(
        test_it="""
        looks = []

        @clause("modes/base")
        def test_bad(scenario):
            looks.append(1)
            if len(looks) < 3:
                scenario.node._node.stopped += 1
                expect(1, 2)

        @clause("modes/upper")
        def test_always(scenario):
            scenario.node._node.stopped += 1
        """
    )
    kit.run(node=lambda: node)
    cases = {case.name: case for case in kit.results().cases}
    assert (cases["test_bad"].verdict, cases["test_bad"].stood_still, cases["test_bad"].looks) == ("pass", 2, [])
    # What stands still each time does so by itself.
    assert (cases["test_always"].verdict, cases["test_always"].stood_still) == ("pass", 3)


def test_what_a_failure_blocks_is_run(kit: Kit) -> None:
    kit.write(
        test_it="""
        @clause("modes/base")
        def test_bad(scenario):
            expect(1, 2)

        @clause("modes/upper")
        def test_upper(scenario):
            expect(1, 3)
        """
    )
    kit.run()
    assert kit.verdicts() == {"test_bad": "fail", "test_upper": "blocked"}
    upper = next(case for case in kit.results().cases if case.name == "test_upper")
    assert (upper.own, upper.blocked_by, upper.looks) == ("not-run", "modes/base", [])
    kit.run("--run-blocked")
    upper = next(case for case in kit.results().cases if case.name == "test_upper")
    assert (upper.verdict, upper.own, upper.seen) == ("blocked", "fail", "1")


def test_run_goes_on_after_the_first_root(kit: Kit) -> None:
    kit.write(
        test_it="""
        @clause("modes/base")
        def test_bad(scenario):
            expect(1, 2)

        @clause("modes/either")
        def test_other(scenario):
            pass
        """
    )
    result = kit.run("--first-root")
    assert kit.verdicts() == {"test_bad": "fail", "test_other": "not-run"}
    assert (kit.results().conclusion, kit.results().complete) == ("DOES NOT CONFORM", False)
    assert result.ret == 2  # pytest's word for a run that was stopped


def test_limit_of_a_run_is_passed_over(kit: Kit) -> None:
    kit.write(test_it=THREE)
    kit.run("--limit", "total=0.000001")
    assert set(kit.verdicts().values()) == {"not-run"}
    assert kit.results().conclusion == "COULD NOT TELL"
    assert not kit.results().complete


def test_part_of_a_run_takes_the_place_of_the_whole(kit: Kit) -> None:
    kit.write(test_it=THREE)
    kit.run()
    whole = kit.results()
    assert whole.complete
    result = kit.run("--limit", "total=0.000001")
    assert kit.results() == whole
    result.stdout.fnmatch_lines(["*is left as it is: it holds a whole run, and this one is not complete"])


def test_adapter_error_is_a_failure(kit: Kit) -> None:
    class Broken(SimulatedNode):
        def settle(self) -> bool:
            raise AdapterError("two processes have the number 1")

    kit.write(
        test_it="""
        @clause("modes/base")
        def test_bad(scenario):
            expect(1, 2)

        @clause("modes/either")
        def test_other(scenario):
            scenario.settle()
        """
    )
    kit.run(node=Broken)
    assert kit.verdicts()["test_other"] == "adapter-error"
    assert kit.results().conclusion == "COULD NOT TELL"


def test_may_that_does_not_hold_decides(kit: Kit) -> None:
    chapter = kit.pytester.path / "chapters" / "modes.md"
    chapter.write_text(chapter.read_text().replace(":level: must", ":level: may", 1))
    kit.write(test_it=THREE.replace('scenario.process("second").inet.port(1)', "expect(1, 2)"))
    result = kit.run()
    assert kit.verdicts()["test_second"] == "fail"
    assert result.ret == 0
    assert kit.run("--level", "may").ret == 1


def test_deviation_of_nothing_is_accepted(kit: Kit) -> None:
    kit.write(test_it=DEVIATING)
    kit.record(RECORDED.replace("modes/base", "modes/basis"))
    result = kit.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *sick.deviations.toml:2: it names modes/basis, which is no clause"])
