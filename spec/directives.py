"""Clauses read from a chapter, and everything that is wrong with how they are written.

A chapter is MyST Markdown that reads as it stands; a clause is a directive in it::

    :::{clause} only-the-owner-may-transfer
    :level: must
    :profile: essentials
    :basis: documented
    :source: gen_tcp:controlling_process/2
    :builds-on: ownership/creator-owns-the-socket

    A call by a process that is not the controlling process returns `{error, not_owner}` and changes nothing.

    *Intent:* a socket can be given, never taken.

    ```erlang
    {S, _Peer} = connect([]),
    {error, not_owner} = another(fun() -> gen_tcp:controlling_process(S, self()) end).
    ```
    :::

The example, which ``EXAMPLES.md`` explains, is optional; it comes after the intent. ``source`` names what a reader can
open: see :mod:`gen_tck.spec.sources`. ``builds-on`` (ids separated by spaces) is optional. ``variants`` (names
separated by spaces) and ``chosen-by`` go with ``basis: varies`` and only with it, ``reason`` with ``basis: intended``.
``cost: slow`` (optional) is of what takes a node with a real clock more than about five seconds.
A clause's id is ``chapter/slug`` and permanent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin

from gen_tck.spec.clause import BASES, CHOOSERS, COSTS, LEVELS, Clause, Problem
from gen_tck.spec.profiles import PROFILES

_REQUIRED = ("level", "profile", "basis", "source")
OPTIONS = (*_REQUIRED, "builds-on", "variants", "chosen-by", "reason", "cost")
"""What can be said of a clause before its text."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_OPTION = re.compile(r":([A-Za-z_-]+):(?:\s+(.*))?$")
_INTENT = "*Intent:*"
_EXAMPLE = "```erlang"


def read_chapter(path: Path, problems: list[Problem], broken: set[str]) -> Iterator[Clause]:
    """The sound clauses of a chapter. The ids of the others go to ``broken``, so that nobody misses them twice."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    # The text inside paragraphs does not matter here, and parsing it is what takes the time.
    markdown = MarkdownIt("commonmark").use(colon_fence_plugin).disable("inline")
    for token in markdown.parse(text):
        if token.type not in ("colon_fence", "fence") or token.map is None:
            continue
        name, _, argument = token.info.strip().partition(" ")
        start, end = token.map
        reader = _Reader(path, start + 1, problems)
        if token.type == "fence" or name != "{clause}":
            reader.check_is_no_clause(token.type, name)
            continue
        if not re.fullmatch(r"\s*:{3,}\s*", lines[end - 1]) or end - 1 == start:
            reader.problem("the clause is not closed", "end it with a line ':::'")
            broken.add(f"{path.stem}/{argument.strip()}")
            continue
        clause = reader.read(argument.strip(), token.content.splitlines())
        if clause is None:
            broken.add(f"{path.stem}/{argument.strip()}")
        else:
            yield clause


class _Reader:
    """Reads one directive and notes everything that is wrong with it."""

    def __init__(self, path: Path, line: int, problems: list[Problem]) -> None:
        self._path = path
        self._line = line
        self._problems = problems

    def problem(self, what: str, mend: str, offset: int = 0) -> None:
        self._problems.append(Problem(str(self._path), self._line + offset, what, mend))

    def check_is_no_clause(self, kind: str, name: str) -> None:
        """Complain about what was probably meant as a clause; other directives are the page's own affair."""
        if kind == "fence":
            if name == "{clause}":
                self.problem("a clause is fenced with backticks", "fence it with ':::'")
        elif get_close_matches(name.strip("{}"), ["clause"], cutoff=0.7):
            self.problem(f"unknown directive {name}", "write {clause}")

    def read(self, slug: str, body: list[str]) -> Clause | None:
        before = len(self._problems)
        if not _SLUG.fullmatch(slug):
            self.problem(f"bad slug {slug!r}", "use lower-case words joined by hyphens")
        options, count = self._options(body)
        body, example, example_line = self._example(body, count)
        text, intent = self._text(body[count:], count + 1)
        self._check_values(options)
        if len(self._problems) > before:
            return None
        chapter = self._path.stem
        return Clause(
            id=f"{chapter}/{slug}",
            chapter=chapter,
            slug=slug,
            level=options["level"],
            profile=options["profile"],
            basis=options["basis"],
            source=options["source"],
            builds_on=tuple(options.get("builds-on", "").split()),
            variants=tuple(options.get("variants", "").split()),
            chosen_by=options.get("chosen-by", ""),
            reason=options.get("reason", ""),
            cost=options.get("cost", ""),
            text=text,
            sentence=first_sentence(text),
            intent=intent,
            file=str(self._path),
            line=self._line,
            example=example,
            example_line=example_line,
        )

    def _example(self, body: list[str], count: int) -> tuple[list[str], str, int]:
        """``body`` with the example after the intent blanked out, the example, and its line in the file."""
        intent = next((number for number in range(count, len(body)) if body[number].startswith(_INTENT)), len(body))
        starts = [number for number in range(intent, len(body)) if body[number].rstrip() == _EXAMPLE]
        if not starts:
            return body, "", 0
        if len(starts) > 1:
            self.problem("there are two examples", "keep one of them", starts[1] + 1)
        start = starts[0] + 1
        end = next((number for number in range(start, len(body)) if body[number].rstrip() == "```"), len(body))
        example = "\n".join(body[start:end])
        if end == len(body):
            self.problem("the example is not closed", "end it with a line '```'", start)
        elif not example.rstrip().endswith("."):
            self.problem("the example does not end in a full stop", "end its last expression with '.'", end)
        blank = [""] * (end + 1 - starts[0])
        return [*body[: starts[0]], *blank, *body[end + 1 :]], example, self._line + 1 + start

    def _options(self, body: list[str]) -> tuple[dict[str, str], int]:
        """The options at the top of ``body`` and the number of lines they take."""
        options: dict[str, str] = {}
        count = 0
        for count, line in enumerate(body):
            option = _OPTION.match(line.strip())
            if option is None:
                break
            name, value = option[1], (option[2] or "").strip()
            if name not in OPTIONS:
                self.problem(f"unknown option {name!r}", f"the options are {', '.join(OPTIONS)}", count + 1)
            elif name in options:
                self.problem(f"option {name!r} is given twice", "keep one of them", count + 1)
            elif not value:
                self.problem(f"option {name!r} is empty", "give it a value or leave it out", count + 1)
            options[name] = value
        else:
            count = len(body)
        for name in _REQUIRED:
            if name not in options:
                self.problem(f"option {name!r} is missing", f"add a line ':{name}: ...'")
        return options, count

    def _check_values(self, options: dict[str, str]) -> None:
        for name, known in (("level", LEVELS), ("profile", PROFILES), ("basis", BASES)):
            value = options.get(name)
            if value and value not in known:
                self.problem(f"unknown {name} {value!r}", f"use {', '.join(known[:-1])} or {known[-1]}")
        variants = options.get("variants", "").split()
        if options.get("basis") == "varies":
            if len(set(variants)) < 2:
                self.problem("a clause that varies names fewer than two variants", "add ':variants: one other'")
        elif variants:
            self.problem("variants are named, but the basis is not 'varies'", "drop them or change the basis")
        self._goes_with("chosen-by", "varies", options)
        self._goes_with("reason", "intended", options)
        chooser = options.get("chosen-by")
        if chooser and chooser not in CHOOSERS:
            self.problem(f"unknown chooser {chooser!r}", f"use {' or '.join(CHOOSERS)}")
        cost = options.get("cost")
        if cost and cost not in COSTS:
            self.problem(f"unknown cost {cost!r}", f"use {' or '.join(COSTS)}, or leave it out")
        for each in variants:
            if not each.isidentifier():
                self.problem(f"bad variant {each!r}", "use letters, digits and underscores, no digit first")

    def _goes_with(self, option: str, basis: str, options: dict[str, str]) -> None:
        has, should = option in options, options.get("basis") == basis
        if has and not should:
            self.problem(f"option {option!r} is given, but the basis is not {basis!r}", "drop it or change the basis")
        elif should and not has:
            self.problem(f"option {option!r} is missing, and the basis is {basis!r}", f"add a line ':{option}: ...'")

    def _text(self, body: list[str], offset: int) -> tuple[str, str]:
        """The normative text and the intent."""
        for number, line in enumerate(body):
            if line.lstrip().startswith(":::{clause}"):
                self.problem("the clause is not closed", "end it with a line ':::' before the next", offset + number)
        starts = [number for number, line in enumerate(body) if line.startswith(_INTENT)]
        if not starts:
            self.problem("the intent is missing", f"add a last paragraph '{_INTENT} one sentence.'")
            return "", ""
        if len(starts) > 1:
            self.problem("there are two intents", "keep one of them", offset + starts[1])
        end = starts[0]
        while end < len(body) and body[end].strip():
            end += 1
        intent = " ".join(body[starts[0] : end]).removeprefix(_INTENT).strip()
        text = "\n".join([*body[: starts[0]], *body[end:]]).strip()
        if not intent:
            self.problem("the intent is empty", f"write one sentence after '{_INTENT}'", offset + starts[0])
        if not text:
            self.problem("the text is empty", "say what an implementation does")
        return text, intent


def first_sentence(text: str) -> str:
    """The first sentence of a Markdown text, on one line. A full stop inside backticks ends nothing."""
    paragraph = " ".join(text.split("\n\n", 1)[0].split())
    in_code = False
    for position, character in enumerate(paragraph):
        if character == "`":
            in_code = not in_code
        elif character in ".!?" and not in_code:
            ends = paragraph[position + 1 : position + 2] in ("", " ")
            if ends and not paragraph[: position + 1].endswith(("e.g.", "i.e.")):
                return paragraph[: position + 1]
    return paragraph
