"""What each profile takes, from the tables of the specification and from a run on the reference."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from gen_tck.spec.arguments import ARGUMENTS
from gen_tck.spec.calls import CALLS, Function
from gen_tck.spec.clause import LEVELS
from gen_tck.spec.counters import COUNTERS
from gen_tck.spec.framings import FRAMINGS
from gen_tck.spec.options import OPTIONS, RAW, Option
from gen_tck.spec.profiles import CORE, PROFILES
from gen_tck.spec.terms import show, term
from gen_tck.spec.values import words
from site_of_gen_tck import kit, seen
from site_of_gen_tck.clauses import Row, link, plain, separated, table

_FEW = 3
"""Clauses that are named at an answer."""


@cache
def about() -> Mapping[str, str]:
    """What each profile is about, in the words of ``PROTOCOL.md``."""
    text = resources.files("gen_tck.adapters").joinpath("PROTOCOL.md").read_text(encoding="utf-8")
    handshake = text.partition("## The handshake")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` +\| (?:`core`)? +\| (.+?) +\|$", handshake, re.MULTILINE)
    found = dict(rows)
    if list(found) != list(PROFILES):
        raise RuntimeError("PROTOCOL.md: the table of profiles has not all of them, in their order")
    return found


def needed(profile: str) -> list[Function]:
    """The calls that the cases of a profile make, in the order of the catalogue."""
    return [each for name, each in CALLS.items() if name in seen.uses()[profile].examples]


class ProfileList(SphinxDirective):
    """A section for each profile: what is new in it."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        return [self._section(profile) for profile in PROFILES]

    def _section(self, profile: str) -> nodes.Node:
        section = nodes.section(ids=[f"profile-{profile}"])
        section += nodes.title("", "", nodes.literal("", profile))
        section += nodes.paragraph("", "", *marked(f"{about()[profile]}. {_counts(profile)}"))
        section += self._calls(profile)
        section += _options(profile)
        section += _messages(profile)
        section += _figures(profile)
        section += self._clauses(profile)
        return section

    def _calls(self, profile: str) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        own = [each for each in CALLS.values() if each.profile == profile and not each.is_helper]
        helpers = [
            each for each in needed(profile) if each.is_helper and str(each) in seen.earliest()[profile].examples
        ]
        for title, functions in (("Calls", own), ("Helpers", helpers)):
            if functions:
                found += [nodes.rubric("", title), _table_of_calls(functions)]
        answers = list(_answers(profile))
        if answers:
            found.append(nodes.rubric("", "What is answered, and has not been before"))
            found.append(table(("Call", "Answer", "For example in"), answers, (24, 30, 46), "lookup answers"))
        others = [
            each
            for each in needed(profile)
            if not each.is_helper and each.profile != profile and _later(each.profile, profile)
        ]
        if others:
            used = separated(nodes.literal("", _mfa(each)) for each in others)
            text = "Single cases use what belongs to another profile, and are unsupported where it is not offered: "
            found.append(nodes.paragraph("", "", nodes.Text(text), *used, nodes.Text(".")))
        return found

    def _clauses(self, profile: str) -> list[nodes.Node]:
        rows: list[Row] = []
        for clause in kit.clauses().values():
            if clause.profile == profile:
                sentence, _ = self.state.inline_text(clause.sentence, self.lineno)
                rows.append([[link(clause, clause.id, "chapters/")], plain(clause.level), list(sentence)])
        return [nodes.rubric("", "Clauses"), table(("Clause", "Level", "In one sentence"), rows, (34, 8, 58), "index")]


class ArgumentTable(SphinxDirective):
    """What the arguments of calls are, by their names."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        rows: list[Row] = []
        for name, meaning in sorted(ARGUMENTS.items()):
            rows.append([[nodes.literal("", name)], marked(meaning)])
        return [table(("Argument", "What it is"), rows, (20, 80), "lookup arguments")]


class HelperTable(SphinxDirective):
    """The helpers, and the profiles in which cases use them."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        rows: list[Row] = []
        for each in CALLS.values():
            if each.is_helper:
                users = [profile for profile in PROFILES if each in needed(profile)]
                where = separated(profile_link(profile) for profile in users) if users else plain("none, so far")
                rows.append([[nodes.literal("", _signature(each))], plain(each.meaning), where])
        return [table(("Helper", "What it does", "Used by cases of"), rows, (30, 30, 40), "lookup helpers")]


def _table_of_calls(functions: Sequence[Function]) -> nodes.Node:
    rows: list[Row] = []
    for each in functions:
        meaning = [nodes.Text(f"{each.meaning}, as in "), nodes.literal("", _example(each))]
        if each.clause:
            meaning += [nodes.Text("; "), link(kit.clauses()[each.clause], each.clause, "chapters/")]
        rows.append([[nodes.literal("", _signature(each))], meaning])
    return table(("Call", "What it is for"), rows, (40, 60), "lookup calls")


def _example(function: Function) -> str:
    """The first call that a case makes of it; numbers of handles mean nothing here."""
    for use in seen.uses().values():
        if str(function) in use.examples:
            return re.sub(r"#Port<\d+>", "Socket", re.sub(r"#(Pid|Ref)<\d+>", r"\1", use.examples[str(function)]))
    return "none makes it"


def _answers(profile: str) -> Iterator[Row]:
    order = list(CALLS)
    new = sorted(seen.earliest()[profile].answers.items(), key=lambda each: order.index(each[0][0]))
    last = ""
    for (name, answer), clauses in new:
        call = "" if name == last else _mfa(CALLS[name])
        last = name
        yield [
            [nodes.literal("", call)] if call else [],
            [nodes.literal("", answer)],
            _examples(clauses, CALLS[name].clause),
        ]


def _examples(clauses: Sequence[str], first: str = "") -> list[nodes.Node]:
    """Links to a few of ``clauses``, ``first`` before others."""
    ordered = [each for each in kit.clauses() if each in clauses]
    ordered.sort(key=lambda each: each != first)
    shown = separated(link(kit.clauses()[each], each, "chapters/") for each in ordered[:_FEW])
    return [*shown, nodes.Text(f" and {len(ordered) - _FEW} more")] if len(ordered) > _FEW else shown


def _options(profile: str) -> list[nodes.Node]:
    rows: list[Row] = [
        [
            [link(kit.clauses()[each.clause], each.name, "chapters/")],
            [nodes.literal("", words(each.values))],
            _default(each),
            plain(_places(each)),
        ]
        for each in OPTIONS
        if each.profile == profile
    ]
    found: list[nodes.Node] = []
    if rows:
        head = ("Option", "Values", "If nobody says", "Where")
        found += [nodes.rubric("", "Options"), table(head, rows, (22, 38, 15, 25), "lookup options")]
    framings: list[Row] = [
        [
            [nodes.literal("", words(each.values))],
            [link(kit.clauses()[each.clause], f"cuts {each.meaning}", "chapters/")],
        ]
        for each in FRAMINGS
        if each.profile == profile
    ]
    if framings:
        found.append(table(("Value of packet", "What it does"), framings, (40, 60), "lookup framings"))
    raw: list[Row] = [
        [[nodes.literal("", each.written)], [link(kit.clauses()[each.clause], each.meaning, "chapters/")]]
        for each in RAW
        if each.profile == profile
    ]
    if raw:
        found.append(table(("Option of the system", "What it does"), raw, (40, 60), "lookup raw"))
    counters: list[Row] = [
        [[link(kit.clauses()[each.clause], each.name, "chapters/")], plain(each.meaning)]
        for each in COUNTERS
        if kit.clauses()[each.clause].profile == profile
    ]
    if counters:
        found.append(table(("What is counted", "What it is"), counters, (40, 60), "lookup counters"))
    return found


def _default(option: Option) -> list[nodes.Node]:
    if option.default is not None:
        return [nodes.literal("", show(term(option.default)))]
    elsewhere = any(each.name == option.name and each.default is not None for each in OPTIONS)
    return plain("" if elsewhere else "your own choice")


def _places(option: Option) -> str:
    exactly = "" if option.exact or "getopts" not in option.places else " (rounded)"
    return f"{', '.join(option.places)}{exactly}"


def _messages(profile: str) -> list[nodes.Node]:
    rows: list[Row] = [
        [[nodes.literal("", message)], _examples(clauses)]
        for message, clauses in sorted(seen.earliest()[profile].messages.items())
    ]
    if not rows:
        return []
    return [
        nodes.rubric("", "Messages that have not come before"),
        table(("Message", "For example in"), rows, (44, 56), "lookup messages"),
    ]


def _figures(profile: str) -> list[nodes.Node]:
    use = seen.uses()[profile]
    said = []
    if use.timeouts:
        said.append(f"Milliseconds that are handed over: {', '.join(f'{each:,}' for each in sorted(use.timeouts))}.")
    if use.most_bytes:
        said.append(f"Bytes in one piece of data: up to {use.most_bytes:,}.")
    if use.signals:
        said.append(f"Exit signals from outside: {', '.join(use.signals)}.")
    return [_paragraph(" ".join(said))] if said else []


def _counts(profile: str) -> str:
    levels = Counter(each.level for each in kit.clauses().values() if each.profile == profile)
    count = ", ".join(f"{levels[level]} {level}" for level in LEVELS if levels[level])
    part = "a part of core; " if profile in CORE else ""
    return f"({part}clauses: {count}; {seen.uses()[profile].cases} cases.)"


def _later(profile: str, than: str) -> bool:
    return PROFILES.index(profile) > PROFILES.index(than)


def _signature(function: Function) -> str:
    return f"{function.module}:{function.name}({', '.join(function.arguments)})"


def _mfa(function: Function) -> str:
    return str(function).replace(".", ":", 1)


def _paragraph(text: str) -> nodes.Node:
    return nodes.paragraph("", text)


def profile_link(profile: str) -> nodes.Node:
    """A link to a profile, from a page beside that of the profiles."""
    return nodes.reference("", "", nodes.Text(profile), internal=True, refuri=f"profiles.html#profile-{profile}")


def marked(text: str) -> list[nodes.Node]:
    """Text with code in backquotes, and no other markup."""
    parts = text.split("`")
    return [nodes.literal("", each) if number % 2 else nodes.Text(each) for number, each in enumerate(parts)]
