"""A case in words: what should hold, what was seen instead, and how to see that again. All reports take them here."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from gen_tck.conformance.results import left
from gen_tck.conformance.results.file import Results
from gen_tck.conformance.results.roots import evidence, waited
from gen_tck.conformance.results.verdicts import Case
from gen_tck.spec.clause import CHAPTERS, Clause


def title(case: Case, clause: Clause | None) -> str:
    """What holds if ``case`` passes, in Markdown; ``clause`` is the one that it is about, if this kit knows it."""
    if case.title or clause is None:
        return " ".join((case.title or case.name).split())
    _, bracket, parameters = case.name.partition("[")
    return f"{' '.join(clause.sentence.split())}{f' [{parameters}' if bracket else ''}"


def case_lines(case: Case, clause: Clause | None, again: str, erlang: str = "") -> list[str]:
    """What there is to say of a case that is not as it should be: what should hold, what was seen, how to see it.

    ``again`` is the command that runs it again, ``erlang`` the one that shows it without the kit, if there is one.
    """
    rows = [
        ("test", f"{case.place} {case.name}".strip()),
        ("at", case.where),
        ("expected", case.expected),
        ("saw", _saw(case)),
        ("after", case.step),
        ("because", case.message),
        *looks(case),
        ("again", again),
        ("erlang", erlang),
    ]
    return [title(case, clause), *(f"{name:<8}  {text}" for name, text in rows if text)]


def _saw(case: Case) -> str:
    if case.waited is None:
        return case.seen
    return f"{case.seen} ({waited(case.waited)})" if case.seen else waited(case.waited)


def looks(case: Case) -> Iterator[tuple[str, str]]:
    """Each look at the case and what it showed, unless they agree."""
    if case.verdict == "flaky" or len({look.verdict for look in case.looks}) > 1:
        for number, look in enumerate(case.looks, 1):
            # What the case itself says already is not said again.
            reason = look.message if look.message != case.message else ""
            yield f"look {number}", ": ".join(part for part in (look.verdict, evidence(look), reason) if part)
    if case.stood_still:
        times = "once" if case.stood_still == 1 else f"{case.stood_still} times"
        yield "replayed", f"{times}, because node or kit stood still"


def how_to_run_again(results: Results, case: Case) -> str:
    """The command that runs this case, and no other, on the same node."""
    path, colons, function = (case.left_by or case.id).partition("::")
    ours = path.partition("/")[0] in CHAPTERS and path.endswith(".py")
    # A parameter may hold anything, so only the path is a name of Python's.
    where = f"gen_tck.conformance.{path.removesuffix('.py').replace('/', '.')}" if ours else path
    asked = [left.ASKS] if case.left_by else []  # or nobody looks for what is left
    words = ["pytest", *(["--pyargs"] if ours or asked else []), where + colons + function, *asked]
    words += ["--node", results.node.asked]
    if case.verdict in ("fail", "deviates"):
        words.append("--no-deviations")  # or what was seen would only be said to be recorded
    if results.run.slow:
        words.append("--with-slow")
    if results.run.erl:
        words += ["--erl", results.run.erl]
    return shlex.join(words)


def how_to_replay(case: Case, file: Path | None) -> str:
    """The command that prints an Erlang module that does what the case did; empty if it was not recorded.

    ``file`` is where the results are kept.
    """
    if file is None or case.trace is None:
        return ""
    return f"gen-tck replay {shlex.quote(str(file.parent / case.trace))} --as erlang"
