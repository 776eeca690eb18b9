"""``gen-tck explore NODE --known`` and ``--script FILE``, and what they say."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from gen_tck.adapters import interrupts
from gen_tck.conformance.commands.errors import COULD_NOT_TELL
from gen_tck.conformance.explorer.findings import assembling, words
from gen_tck.conformance.explorer.findings import results as store
from gen_tck.conformance.explorer.findings.departing import Showing
from gen_tck.conformance.explorer.findings.judge import Finding
from gen_tck.conformance.explorer.findings.known_scripts import look_at_known
from gen_tck.conformance.explorer.findings.playing import CannotExplore, explained
from gen_tck.conformance.explorer.findings.user_scripts import (
    Single,
    look_at_script,
    read_script,
)
from gen_tck.conformance.explorer.generate.vocabulary import in_words
from gen_tck.conformance.explorer.script.offer import needs
from gen_tck.conformance.explorer.script.script import Call, Changes, Script, Step
from gen_tck.conformance.output.screen import Part, Screen, Styled
from gen_tck.conformance.output.targets import Target
from gen_tck.conformance.reports.exploration_terminal import given_in_words, show_looked
from gen_tck.spec import inputs


def known(screen: Screen, node: str, erl: str, limits: Sequence[str], results: Target | None) -> int:
    """Play what is known to differ and say what of it is seen; the exit status. Raises ``CannotExplore``."""
    found = look_at_known(
        node, erl, limits, results, partial(_show_releases, screen), lambda looked: show_looked(screen, looked)
    )
    screen.line(given_in_words(found))
    wrong = {each.verdict for each in found.given if not each.right}
    return 0 if not wrong else COULD_NOT_TELL if wrong == {"inconclusive"} else 1


def _show_releases(screen: Screen, showing: Showing) -> None:
    """Say so if nobody ran the release."""
    if showing.is_guess:
        runs = ", ".join(map(str, showing.runs))
        screen.line(f"not run on OTP {showing.release}, but on {runs}: what it is said to depart in is a guess")


def text_of(script: str) -> str:
    """The text of the script in the file of that name (``-``: standard input). Raises ``CannotExplore``."""
    try:
        with interrupts.raising():
            if script == "-":
                if sys.stdin is None:
                    raise CannotExplore("the script cannot be read: standard input is closed")
                return inputs.decoded(sys.stdin.buffer.read(inputs.MOST_TEXT + 1))
            return inputs.text(Path(script))
    except inputs.InputError as reason:
        raise CannotExplore(f"the script cannot be read: {reason}") from None
    except OSError as reason:
        raise CannotExplore(f"the script cannot be read: {inputs.cause(reason)}") from None


def script(
    screen: Screen,
    node: str,
    erl: str,
    limits: Sequence[str],
    text: str,
    trace: Target | None,
    results: Target | None,
) -> int:
    """Play the script ``text``, say for each line what is allowed and seen; the status. Raises ``CannotExplore``."""
    given = read_script(text, limits)
    calls: dict[int, Call] = {}

    def watch(step: Step, allowed: Changes, seen: Changes | None, finding: Finding | None) -> None:
        if isinstance(step, Call) and seen is not None:
            calls[step.actor] = step
        found = None if seen is None else words.in_words(seen, calls)
        for parts in _step_lines(step, words.in_words(allowed, calls), found, finding):
            screen.line(*parts)

    if results is not None:
        with explained():
            results.check("results")
    screen.line(str(given.setting))
    single = look_at_script(node, erl, limits, given, watch, trace)
    for line in [*_verdict_lines(single), *_left_out_lines(single, given)]:
        screen.line(line)
    if results is not None:
        looked = single.looked(text, _beside(trace, results))
        with explained():
            results.write(
                store.encode(assembling.of_given(node, single.capabilities, [looked], single.left_out)), "results"
            )
    return 1 if not single.right else COULD_NOT_TELL if single.left_out else 0


def _left_out_lines(single: Single, given: Script) -> list[str]:
    """What of the script ``given`` was not played, as the node does not claim what that asks for."""
    if not single.left_out:
        return []
    lines, setting = [*in_words(single.left_out)], single.shown.prediction.script.setting
    if setting != given.setting:
        lines.append(f"instead it began: {setting}")
    left_out = {each.feature for each in single.left_out}
    return [*lines, *(f"not played: {step}" for step in given.steps if not left_out.isdisjoint(needs(step)))]


def _beside(trace: Target | None, results: Target) -> str | None:
    """The path of ``trace`` from the folder of ``results``; ``None`` if it is in no file."""
    if trace is None or trace.path is None:
        return None
    return os.path.relpath(trace.path, Path() if results.path is None else results.path.parent)


def _step_lines(step: Step, allowed: str, seen: str | None, finding: Finding | None) -> list[list[Part]]:
    lines: list[list[Part]] = [[Styled(str(step), "bold")]]
    if seen is None:
        return [*lines, ["    cannot be done any more"]]
    if allowed == seen:
        return [*lines, [f"    {seen}"]]
    mark = Styled("  <-- the first difference" if finding is not None else "", "red")
    return [
        *lines,
        ["  ", Styled("-", "red"), f" allowed: {allowed}"],
        ["  ", Styled("+", "red"), f" seen:    {seen}", mark],
    ]


def _verdict_lines(single: Single) -> list[str]:
    finding, by_itself = single.shown.finding, single.by_itself
    lines = ["", "as the reference has it"]
    if finding is not None:
        lines = ["", f"differs from the reference: {words.headline(finding)}"]
        lines += [f"known: {each.name}: {each.reason}" for each in single.known]
        lines += [] if single.known else ["not known"]
    if by_itself is not None and (finding is None or by_itself.group != finding.group):
        lines.append(
            f"when the node plays it by itself: {words.headline(by_itself)}: "
            f"allowed {words.allowed(by_itself)}, seen {words.seen(by_itself)}"
        )
    if by_itself is None and finding is not None:
        lines.append("when the node plays it by itself, this is not seen")
    return lines
