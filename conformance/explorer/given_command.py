"""``gen-tck explore NODE --settled`` and ``--script FILE``, and what they say."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from gen_tck.conformance.explorer.given import Looked, Single, look_at_script, look_at_settled, read_script
from gen_tck.conformance.explorer.judge import Finding, in_words
from gen_tck.conformance.explorer.script import Call, Changes, Step

STYLES = {"seen": "green", "not seen": "red", "differs": "red", "impossible": "red"}


def settled(console: Console, node: str, erl: str, results: Path | None) -> int:
    """Play what is settled and say what of it is seen; the exit status. Raises ``CannotPlay``."""
    found = look_at_settled(node, erl, results, lambda looked: _show_looked(console, looked)).settled
    right = sum(each.right for each in found)
    _say(console, f"{node}: {right} of {len(found)} settled differences are as recorded")
    return 0 if right == len(found) else 1


def _show_looked(console: Console, looked: Looked) -> None:
    name = f"{looked.clause} ({looked.variant})" if looked.variant else looked.clause
    style = "yellow" if looked.right and looked.verdict != "seen" else STYLES[looked.verdict]
    _say(console, f"[{style}]{looked.verdict:>10}[/]  {escape(name)}: {escape(looked.reason)}")
    if looked.verdict == "seen":
        return
    if looked.right:
        _say(console, f"            this time, as it may be: {escape(looked.sometimes)}")
        return
    for line in [looked.words, *looked.script.splitlines()]:
        _say(console, f"            {escape(line.strip())}")


def script(console: Console, node: str, erl: str, text: str, trace: Path | None) -> int:
    """Play the script ``text``, say line by line what is allowed and seen; the exit status. Raises ``CannotPlay``."""
    given = read_script(text)
    calls: dict[int, Call] = {}

    def watch(step: Step, allowed: Changes, seen: Changes | None, finding: Finding | None) -> None:
        if isinstance(step, Call) and seen is not None:
            calls[step.actor] = step
        found = None if seen is None else in_words(seen, calls)
        for line in _step_lines(step, in_words(allowed, calls), found, finding):
            _say(console, line)

    _say(console, escape(str(given.setting)))
    single = look_at_script(node, erl, given, watch, trace)
    for line in _verdict_lines(single):
        _say(console, line)
    return 0 if single.shown.finding is None and single.by_itself is None else 1


def _step_lines(step: Step, allowed: str, seen: str | None, finding: Finding | None) -> list[str]:
    lines = [f"[bold]{escape(str(step))}[/]"]
    if seen is None:
        return [*lines, "    cannot be done any more"]
    if allowed == seen:
        return [*lines, f"    {escape(seen)}"]
    mark = "  [red]<-- the first difference[/]" if finding is not None else ""
    return [*lines, f"  [red]-[/] allowed: {escape(allowed)}", f"  [red]+[/] seen:    {escape(seen)}{mark}"]


def _verdict_lines(single: Single) -> list[str]:
    finding, by_itself = single.shown.finding, single.by_itself
    lines = ["", "as the reference has it"]
    if finding is not None:
        lines = ["", f"differs from the reference: {escape(finding.clause)}: {escape(finding.kind)}"]
        lines += [f"settled: {escape(each.clause)}: {escape(each.reason)}" for each in single.settled]
        lines += [] if single.settled else ["not settled"]
    if by_itself is not None and (finding is None or by_itself.group != finding.group):
        lines.append(
            f"when the node plays it by itself: {escape(by_itself.clause)}: {escape(by_itself.kind)}: "
            f"allowed {escape(by_itself.allowed)}, seen {escape(by_itself.seen)}"
        )
    if by_itself is None and finding is not None:
        lines.append("when the node plays it by itself, this is not seen")
    return lines


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False)
