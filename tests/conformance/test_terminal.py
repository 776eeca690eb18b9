"""What a run looks like: the table, the failures, their roots, the verdict."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from gen_tck.adapters.interface import Capabilities
from gen_tck.conformance.output.screen import Screen
from gen_tck.conformance.reports.terminal import progress_bar, show_results
from gen_tck.conformance.results.file import RunFacts, assemble
from gen_tck.conformance.results.verdicts import VERDICTS, Case, Look, Verdict
from gen_tck.spec import clauses as spec
from gen_tck.spec.clause import CHAPTERS
from gen_tck.spec.profiles import PROFILES

CLAUSES = spec.load()
BASE = "modes/active-delivers-messages"
OTHER = "ownership/creator-owns-the-socket"
UPPER = "modes/active-by-default"
"""Builds on the first."""
PART = f"{CLAUSES[BASE].profile}"


def shown(*cases: Case, terminal: bool = False, width: int = 80, lacks: tuple[str, ...] = (), **options: object) -> str:
    """What is printed for a run with these cases."""
    profiles = frozenset(PROFILES) - {*lacks}
    capabilities = Capabilities("mine", "1.2", profiles, "real")
    settings: dict[str, object] = {"stale": [], "complete": True, "seconds": 1.26, "run": RunFacts(), **options}
    results = assemble(cases, CLAUSES, asked="it[x]", capabilities=capabilities, **settings)  # type: ignore[arg-type]
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=terminal, color_system=None)
    show_results(Screen(console=console), results, CLAUSES, Path("of today/r 1.json"))
    return file.getvalue()


def case(verdict: Verdict, clause: str = BASE, name: str = "test_a", **fields: object) -> Case:
    chapter = clause.partition("/")[0]
    return Case(id=f"{chapter}/test_x.py::{name}", clauses=[clause], verdict=verdict, **fields)  # type: ignore[arg-type]


def screen(text: str, width: int = 80, height: int = 24) -> list[str]:
    """What a terminal shows at the end: lines that are too long go on below."""
    lines = [line[at : at + width] for line in text.splitlines() for at in range(0, max(len(line), 1), width)]
    return [*lines, ""][-height:]


def test_good_run_is_shown_in_another_way() -> None:
    text = shown(case("pass"), case("pass", name="test_b"), case("varies", OTHER))
    assert text == (
        "it[x]: mine 1.2, real clock\n"
        "┏━━━━━━━━━━━┳━━━━━━┳━━━━━━━━┳━━━━━━━┓\n"
        "┃ chapter   ┃ pass ┃ varies ┃ cases ┃\n"
        "┡━━━━━━━━━━━╇━━━━━━╇━━━━━━━━╇━━━━━━━┩\n"
        "│ ownership │      │      1 │     1 │\n"
        "│ modes     │    2 │        │     2 │\n"
        "├───────────┼──────┼────────┼───────┤\n"
        "│ all       │    2 │      1 │     3 │\n"
        "└───────────┴──────┴────────┴───────┘\n"
        "3 cases, 2 clauses, 1.3 s\n"
        f"it[x]: CONFORMS in 2 clauses of {PART} (must 2 of 2)\n"
    )


AGAIN = "pytest --pyargs 'gen_tck.conformance.modes.test_a::test_it[once]' --node 'it[x]' --no-deviations"


@pytest.mark.parametrize(
    ("trace", "erlang"),
    [
        ("r 1.traces/a.jsonl", "    erlang    gen-tck replay 'of today/r 1.traces/a.jsonl' --as erlang\n"),
        (None, ""),
    ],
)
def test_failure_is_shown_in_another_way(trace: str | None, erlang: str) -> None:
    clause = CLAUSES[BASE]
    text = shown(
        Case(
            id="modes/test_a.py::test_it[once]",
            clauses=[BASE],
            verdict="fail",
            title="Data comes [once]",
            expected="[{tcp,#Port<1>,<<1>>}]",
            seen="[bold]no message[/bold]",
            where="messages to owner",
            waited=0.1312,
            step="owner: inet:setopts(#Port<1>, [{active,once}]) (line 9 of the trace)",
            place="modes/test_a.py:12",
            trace=trace,
        )
    )
    assert (
        f"fail  {BASE} ({clause.level}, {clause.basis})\n"
        "    Data comes [once]\n"
        "    test      modes/test_a.py:12 test_it[once]\n"
        "    at        messages to owner\n"
        "    expected  [{tcp,#Port<1>,<<1>>}]\n"
        "    saw       [bold]no message[/bold] (waited 0.13 s)\n"
        "    after     owner: inet:setopts(#Port<1>, [{active,once}]) (line 9 of the trace)\n"
        f"    again     {AGAIN}\n"
        f"{erlang}"
        "\n"
        "roots, the weightiest first:\n"
        f"  {BASE}: messages to owner: expected [{{tcp,#Port<1>,<<1>>}}], "
        "saw [bold]no message[/bold] (waited 0.13 s): 1 case fails\n"
        "it[x]: DOES NOT CONFORM: 1 root, 1 case fails (must 0 of 1)\n"
    ) in text


@pytest.mark.parametrize("verdict", ["inconclusive", "flaky", "adapter-error", "kit-error", "fail"])
def test_command_to_run_it_again_is_missing(verdict: Verdict) -> None:
    text = shown(case(verdict, message="KeyError: 'x'", looks=[]), run=RunFacts(erl="chroot /x erl"))
    strictly = " --no-deviations" if verdict == "fail" else ""
    again = f"pytest --pyargs gen_tck.conformance.modes.test_x::test_a --node 'it[x]'{strictly} --erl 'chroot /x erl'"
    assert f"{verdict}  {BASE} (" in text
    assert f"    again     {again}\n" in text


def test_same_failure_is_shown_again_and_again() -> None:
    """Of a clause alone, and only where something was seen: else nobody knows whether it is the same."""
    seen = {"expected": "ok", "seen": "{error,einval}"}
    names = ("test_a", "test_b", "test_c")
    text = shown(*(case("fail", name=each, **seen) for each in names), case("fail", name="test_d", seen="ok"))
    assert text.count("    saw       {error,einval}\n") == 1
    assert "    and also  test_b, test_c\n\n" in text
    assert text.count(f"fail  {BASE}") == 2
    assert text.count("    test      ") == 2
    unseen = shown(*(case("fail", name=each) for each in names))
    assert unseen.count(f"fail  {BASE}") == 3


def test_last_words_are_left_out() -> None:
    text = shown(case("kit-error", message="KeyError: 'x'\n  in y"))
    assert "    because   KeyError: 'x'\\x{a}  in y\n" in text
    assert "expected" not in text
    assert "COULD NOT TELL" in text


def test_title_is_the_name_of_the_fault() -> None:
    sentence = " ".join(CLAUSES[BASE].sentence.split())
    assert f"    {sentence}\n" in shown(case("inconclusive"))
    assert f"    {sentence} [once-2]\n" in shown(case("inconclusive", name="test_a[once-2]"))
    assert "    So it is.\n" in shown(case("inconclusive", name="test_a[once-2]", title="So it is."))


def test_looks_are_hidden() -> None:
    first = Look(verdict="fail", expected="a", seen="b", where="owner", waited=0.2)
    text = shown(case("flaky", message="passed alone: a race", looks=[first, Look(verdict="pass")]))
    assert "    because   passed alone: a race\n" in text
    assert "    look 1    fail: owner: expected a, saw b (waited 0.20 s)\n    look 2    pass\n" in text
    again = case("fail", expected="a", seen="b", looks=[first, first], stood_still=2)
    text = shown(again)
    assert "look 1" not in text
    assert "    replayed  2 times, because node or kit stood still\n" in text
    assert "2 times a case was played again: node or kit had stood still\n" in text


def test_subject_moves_the_cursor() -> None:
    text = shown(case("fail", expected="\x1b[2J", seen="a\x07\u202eb", message="\r[bold]x"), lacks=())
    assert "\x1b" not in text
    assert r"\x{1b}[2J" in text
    assert r"a\x{7}\x{202e}b" in text
    assert "[bold]x" in text


def test_reasons_are_left_out() -> None:
    text = shown(
        case("fail", seen="x", expected="y"),
        *(case("blocked", UPPER, f"test_{each}", blocked_by=BASE, own="not-run") for each in "abc"),
        case("deviates", OTHER, "test_c[x]", message="it likes to"),
        *(case("not-run", OTHER, f"test_{each}", message="the run was interrupted") for each in "de"),
        stale=["x.toml: the deviation is stale"],
        complete=False,
    )
    assert f"blocked  by {BASE}: 3 cases of 1 clause\n" in text
    assert f"deviates  {OTHER} (test_c[x]): it likes to\n" in text
    assert "not-run  2 cases: the run was interrupted\n" in text
    assert "stale  x.toml: the deviation is stale\n" in text
    assert f"  {BASE}: expected y, saw x: 1 case fails, 3 are blocked\n" in text


def test_profile_that_is_not_claimed_goes_unsaid() -> None:
    text = shown(case("pass"), lacks=("port-command",))
    assert text.splitlines()[-2] == "not claimed: port-command"


def test_part_of_a_run_looks_whole() -> None:
    text = shown(case("pass"), complete=False)
    assert text.endswith("it[x]: COULD NOT TELL: the run is not complete (must 1 of 1)\n")


def test_may_clause_looks_like_a_fault_of_the_node() -> None:
    profile = CLAUSES[BASE].profile
    may = next(each for each in CLAUSES.values() if each.level == "may")
    part = ", ".join(dict.fromkeys([profile, may.profile]))
    text = shown(case("fail", may.id), case("pass"))
    assert f"fail  {may.id} (may, {may.basis}), which changes nothing\n" in text
    assert text.splitlines()[-1].endswith(f"CONFORMS in 2 clauses of {part} (must 1 of 1; may 0 of 1, not judged)")


# A narrow terminal, and none


def every_verdict() -> list[Case]:
    """A run in which each chapter has each verdict: failures with much to say, a hundred roots."""
    found = []
    for number, clause in enumerate(CLAUSES.values()):
        verdict = VERDICTS[number % len(VERDICTS)]
        long = "a long value " * 20
        told = {"expected": long, "seen": long, "where": "messages to owner"} if verdict == "fail" else {}
        found.append(case(verdict, clause.id, f"test_{number}", **told))
    return found


def test_narrow_terminal_cuts_the_table() -> None:
    text = shown(*every_verdict(), terminal=True)
    table = text.partition(" clauses, ")[0].splitlines()[1:-1]
    assert all(len(line) <= 80 for line in table)
    words = {word for line in table for word in line.split() if not word.isdecimal() and "─" not in word}
    assert words == {"chapter", "cases", "all", *VERDICTS, *CHAPTERS}


def test_table_of_a_run_that_fails_is_torn() -> None:
    verdicts: list[Verdict] = ["pass", "varies", "unsupported", "blocked", "inconclusive", "fail"]
    cases = [case(each, "system_monitor/reads-the-settings", f"test_{each}") for each in verdicts]
    assert sum(line.startswith(" chapter") for line in shown(*cases, terminal=True).splitlines()) == 1


@pytest.mark.parametrize("roots", [1, 3, 100])
def test_last_screen_hides_roots_and_verdict(roots: int) -> None:
    long = "a long value " * 20
    names = list(CLAUSES)[:roots]
    cases = [case("fail", each, expected=long, seen=long, where="messages to owner") for each in names]
    text = shown(*cases, terminal=True, stale=["so old"] * 30, lacks=("port-command", "system-monitor"))
    last = screen(text)
    assert "roots, the weightiest first:" in last
    assert "it[x]: DOES NOT CONFORM" in "".join(last[-3:])
    assert any(line.startswith("  and ") for line in last) == (roots == 100)


def test_log_is_cut() -> None:
    long = "a long value " * 20
    text = shown(*every_verdict(), width=80)
    assert "…" not in text
    assert sum(line.startswith("┃") for line in text.splitlines()) == 1
    root = text.partition("the weightiest first:\n")[2].splitlines()[0]
    assert root.count(long.strip()) == 2


def test_bar_is_drawn_where_there_is_no_terminal() -> None:
    file = io.StringIO()
    with progress_bar(Screen(console=Console(file=file)), "otp") as bar:
        bar.expect(2)
        bar.done("pass")
        bar.done("fail")
    assert file.getvalue() == ""


def test_no_bar_is_drawn_on_a_terminal() -> None:
    file = io.StringIO()
    with progress_bar(Screen(console=Console(file=file, force_terminal=True, width=80)), "otp") as bar:
        bar.expect(2)
        bar.done("fail")
        bar.done("pass")
    assert "2/2" in file.getvalue()
    assert "1 not as expected" in file.getvalue()
