"""The loader of the clauses: what it reads, and what it says of files that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gen_tck.spec.clause import BASES, CHAPTERS, LEVELS
from gen_tck.spec.clauses import SpecError, ancestors, load
from gen_tck.spec.directives import first_sentence
from gen_tck.spec.profiles import PROFILES

OPTIONS = ":level: must\n:profile: essentials\n:basis: documented\n:source: gen_tcp:recv/2\n"
GOOD = f":::{{clause}} one-thing\n{OPTIONS}\nIt does one thing.\n\n*Intent:* to be good.\n:::\n"

Read = Callable[..., list[str]]


@pytest.fixture
def problems(tmp_path: Path) -> Read:
    """Write chapters (``modes="..."``) and give the problems found in them, each as ``file.md:line: ...``."""

    def read(**chapters: str) -> list[str]:
        for name, text in chapters.items():
            (tmp_path / f"{name}.md").write_text(text)
        with pytest.raises(SpecError) as error:
            load(tmp_path)
        return [str(each).replace(f"{tmp_path}/", "") for each in error.value.problems]

    return read


def test_clause_loses_a_part(tmp_path: Path) -> None:
    (tmp_path / "modes.md").write_text(
        """# Modes

Some words first.

:::{clause} only-the-owner
:level: should
:profile: active-n
:basis: varies
:source: gen_tcp:controlling_process/2; inet.erl: tcp_controlling_process/2
:builds-on: modes/another
:variants: closed enotconn
:chosen-by: situation

A call by `a. b` returns
`{error, not_owner}`. It changes nothing:

- not this

```erlang
inet:setopts(S, []).
```

*Intent:* a socket can be given,
never taken.
:::

Words between.

:::{clause} another
:level: must
:profile: essentials
:basis: observed
:source: inet_drv.c: tcp_deliver
Text without an empty line before it.
*Intent:* none.
:::
"""
    )
    clauses = load(tmp_path)
    assert list(clauses) == ["modes/only-the-owner", "modes/another"]
    clause = clauses["modes/only-the-owner"]
    assert (clause.chapter, clause.slug, clause.level, clause.profile) == (
        "modes",
        "only-the-owner",
        "should",
        "active-n",
    )
    assert (clause.basis, clause.source) == (
        "varies",
        "gen_tcp:controlling_process/2; inet.erl: tcp_controlling_process/2",
    )
    assert clause.builds_on == ("modes/another",)
    assert clause.variants == ("closed", "enotconn")
    assert (clause.chosen_by, clause.reason) == ("situation", "")
    assert clause.sentence == "A call by `a. b` returns `{error, not_owner}`."
    assert clause.text.startswith("A call by")
    assert clause.text.endswith("inet:setopts(S, []).\n```")
    assert clause.intent == "a socket can be given, never taken."
    assert (clause.file, clause.line) == (str(tmp_path / "modes.md"), 5)
    assert clauses["modes/another"].text == "Text without an empty line before it."


def test_example_is_lost(tmp_path: Path) -> None:
    example = "```erlang\n{S, Peer} = connect([]),\nok = gen_tcp:send(S, Peer).\n```\n"
    text = GOOD.replace("It does", "```erlang\nnot_me.\n```\n\nIt does").replace("good.\n", f"good.\n\n{example}")
    (tmp_path / "modes.md").write_text(text)
    clause = load(tmp_path)["modes/one-thing"]
    assert clause.example == "{S, Peer} = connect([]),\nok = gen_tcp:send(S, Peer)."
    assert text.splitlines()[clause.example_line - 1] == "{S, Peer} = connect([]),"
    assert clause.text == "```erlang\nnot_me.\n```\n\nIt does one thing."
    assert clause.intent == "to be good."


def test_chapters_are_read_in_another_order(tmp_path: Path) -> None:
    for name in ("closing", "ownership", "modes"):
        (tmp_path / f"{name}.md").write_text(GOOD)
    assert list(load(tmp_path)) == ["ownership/one-thing", "modes/one-thing", "closing/one-thing"]


def test_clause_in_a_code_block_is_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "modes.md").write_text(f"```\n{GOOD}```\n\n:::{{note}}\nNot a clause.\n:::\n")
    assert load(tmp_path) == {}


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("one-thing", "One_thing", "1: bad slug 'One_thing'; use lower-case words joined by hyphens"),
        ("one-thing", "", "1: bad slug ''; use lower-case words joined by hyphens"),
        (":level: must", ":level: mst", "1: unknown level 'mst'; use must, should or may"),
        (
            ":profile: essentials",
            ":profile: essential",
            f"1: unknown profile 'essential'; use {', '.join(PROFILES[:-1])} or {PROFILES[-1]}",
        ),
        (
            ":basis: documented",
            ":basis: heard",
            "1: unknown basis 'heard'; use documented, observed, intended or varies",
        ),
        (":level: must\n", "", "1: option 'level' is missing; add a line ':level: ...'"),
        (
            ":source: ",
            ":sauce: x\n:source: ",
            "5: unknown option 'sauce'; the options are level, profile, basis, source, builds-on, variants, chosen-by, "
            "reason, cost",
        ),
        (":level: must", ":level: must\n:cost: much", "1: unknown cost 'much'; use slow, or leave it out"),
        (":level: must", ":level: must\n:level: may", "3: option 'level' is given twice; keep one of them"),
        (":level: must", ":level:", "2: option 'level' is empty; give it a value or leave it out"),
        (
            "*Intent:* to be good.",
            "",
            "1: the intent is missing; add a last paragraph '*Intent:* one sentence.'",
        ),
        ("to be good.", "", "9: the intent is empty; write one sentence after '*Intent:*'"),
        ("to be good.", "a\n\n*Intent:* b", "11: there are two intents; keep one of them"),
        ("It does one thing.", "", "1: the text is empty; say what an implementation does"),
        (
            ":basis: documented",
            ":basis: varies\n:chosen-by: situation",
            "1: a clause that varies names fewer than two variants; add ':variants: one other'",
        ),
        (
            ":basis: documented",
            ":basis: documented\n:variants: a b",
            "1: variants are named, but the basis is not 'varies'; drop them or change the basis",
        ),
        (
            ":basis: documented",
            ":basis: varies\n:chosen-by: situation\n:variants: a 2b",
            "1: bad variant '2b'; use letters, digits and underscores, no digit first",
        ),
        (
            ":basis: documented",
            ":basis: varies\n:variants: a b",
            "1: option 'chosen-by' is missing, and the basis is 'varies'; add a line ':chosen-by: ...'",
        ),
        (
            ":basis: documented",
            ":basis: varies\n:variants: a b\n:chosen-by: me",
            "1: unknown chooser 'me'; use implementation or situation",
        ),
        (
            ":basis: documented",
            ":basis: intended",
            "1: option 'reason' is missing, and the basis is 'intended'; add a line ':reason: ...'",
        ),
        (
            ":basis: documented",
            ":basis: documented\n:reason: it is right",
            "1: option 'reason' is given, but the basis is not 'intended'; drop it or change the basis",
        ),
        ("\n:::\n", "\n", "1: the clause is not closed; end it with a line ':::'"),
        ("{clause}", "{clauze}", "1: unknown directive {clauze}; write {clause}"),
        ("good.\n", "good.\n\n```erlang\nok.\n", "11: the example is not closed; end it with a line '```'"),
        (
            "good.\n",
            "good.\n\n```erlang\nok\n```\n",
            "12: the example does not end in a full stop; end its last expression with '.'",
        ),
        (
            "good.\n",
            "good.\n\n```erlang\nok.\n```\n\n```erlang\nok.\n```\n",
            "15: there are two examples; keep one of them",
        ),
    ],
)
def test_wrong_clause_is_accepted(problems: Read, before: str, after: str, complaint: str) -> None:
    assert before in GOOD
    assert problems(modes=GOOD.replace(before, after, 1)) == [f"modes.md:{complaint}"]


def test_clause_in_backticks_is_overlooked(problems: Read) -> None:
    text = GOOD.replace(":::{", "```{").replace(":::", "```")
    assert problems(modes=text) == ["modes.md:1: a clause is fenced with backticks; fence it with ':::'"]


def test_unclosed_clause_swallows_the_next(problems: Read) -> None:
    text = GOOD.removesuffix(":::\n") + GOOD.replace("one-thing", "other-thing")
    assert "modes.md:10: the clause is not closed; end it with a line ':::' before the next" in problems(modes=text)


def test_duplicate_id_is_accepted(problems: Read) -> None:
    assert problems(modes=GOOD + "\n" + GOOD) == [
        "modes.md:12: modes/one-thing is defined twice; choose another slug, line 1 has this one"
    ]


def test_dangling_builds_on_is_accepted(problems: Read) -> None:
    text = GOOD.replace(":level:", ":builds-on: modes/one-thin\n:level:")
    assert problems(modes=text) == [
        "modes.md:1: modes/one-thing builds on modes/one-thin, which is no clause; did you mean modes/one-thing?"
    ]


def test_circle_of_builds_on_is_accepted(problems: Read) -> None:
    one = GOOD.replace(":level:", ":builds-on: closing/one-thing\n:level:")
    other = GOOD.replace(":level:", ":builds-on: modes/one-thing\n:level:")
    assert problems(modes=one, closing=other) == [
        "closing.md:1: closing/one-thing builds on itself; break the circle of builds-on",
        "modes.md:1: modes/one-thing builds on itself; break the circle of builds-on",
    ]


def test_only_the_first_error_is_told(problems: Read) -> None:
    text = GOOD.replace("must", "mst") + "\n" + GOOD.replace("one-thing", "other").replace("essentials", "essential")
    assert [each.partition(";")[0] for each in problems(modes=text, closing=GOOD.replace("documented", "x"))] == [
        "closing.md:1: unknown basis 'x'",
        "modes.md:1: unknown level 'mst'",
        "modes.md:12: unknown profile 'essential'",
    ]


def test_broken_clause_is_missed_a_second_time(problems: Read) -> None:
    other = GOOD.replace("one-thing", "other").replace(":level:", ":builds-on: modes/one-thing\n:level:")
    assert len(problems(modes=GOOD.replace("must", "mst") + "\n" + other)) == 1


def test_chapter_of_unknown_name_is_overlooked(problems: Read) -> None:
    (complaint,) = problems(mode=GOOD)
    assert complaint.startswith("mode.md:1: no chapter is called 'mode'; the chapters are opening, ownership,")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One. Two.", "One."),
        ("One line\nand another. Two.", "One line and another."),
        ("See `a. B` and more.", "See `a. B` and more."),
        ("Some, e.g. this one, differ. Two.", "Some, e.g. this one, differ."),
        ("Version 1.2 does. Two.", "Version 1.2 does."),
        ("All of these:\n\n- a. B", "All of these:"),
    ],
)
def test_first_sentence_is_cut_elsewhere(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


def test_ancestors_stop_at_the_parents(tmp_path: Path) -> None:
    texts = [GOOD]
    for slug, below in (("second", "one-thing"), ("third", "second")):
        texts.append(GOOD.replace("one-thing", slug).replace(":level:", f":builds-on: modes/{below}\n:level:"))
    (tmp_path / "modes.md").write_text("\n".join(texts))
    clauses = load(tmp_path)
    assert ancestors("modes/third", clauses) == {"modes/second", "modes/one-thing"}
    assert ancestors("modes/one-thing", clauses) == frozenset()


def test_specification_cannot_be_read() -> None:
    clauses = load()
    assert len(clauses) >= 150
    for clause in clauses.values():
        assert clause.chapter in CHAPTERS
        assert clause.level in LEVELS
        assert clause.profile in PROFILES
        assert clause.basis in BASES
        assert clause.sentence
        assert clause.intent
        assert clause.source
