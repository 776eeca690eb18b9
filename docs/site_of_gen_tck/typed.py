"""Blocks of a page that are executed when the site is built: see :mod:`site_of_gen_tck.session`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from site_of_gen_tck.session import MissingTool, Session, SessionError

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_sessions: dict[str, Session | None] = {}
"""By page; ``None``: a tool is missing, so nothing is executed."""


def close(app: Sphinx, docname: str, source: list[str]) -> None:
    """A page is read anew, or all are: forget its session."""
    session = _sessions.pop(docname, None)
    if session is not None:
        session.close()


def close_all(app: Sphinx, reason: Exception | None) -> None:
    """The site is built."""
    for docname in list(_sessions):
        close(app, docname, [])


class _Block(SphinxDirective):
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        session = _sessions.setdefault(self.env.docname, None)
        try:
            return self.blocks(session)
        except SessionError as reason:
            raise self.error(str(reason)) from None

    def blocks(self, session: Session | None) -> list[nodes.Node]:
        """What is shown; without a session nothing is known."""
        raise NotImplementedError


class Begin(SphinxDirective):
    """The session of this page begins; its arguments are tools that it takes."""

    optional_arguments = 9

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        try:
            _sessions[self.env.docname] = Session(tuple(self.arguments))
        except MissingTool as reason:
            if os.environ.get("CI"):
                raise self.error(f"there is no {reason} here, and what needs it is to be executed") from None
            text = f"There was no {reason} where this page was made, so outputs are missing."
            return [nodes.note("", nodes.paragraph("", text))]
        return []


class Commands(_Block):
    """Commands, and what they print."""

    option_spec = {"exit": directives.nonnegative_int, "tail": directives.nonnegative_int}  # noqa: RUF012

    def blocks(self, session: Session | None) -> list[nodes.Node]:
        """A block for all of it, as in a terminal."""
        lines = list(self.content)
        outputs = [""] * len(lines)
        if session:
            outputs = session.commands(lines, self.options.get("exit", 0), self.options.get("tail"))
        pairs = zip(lines, outputs, strict=True)
        text = "\n".join(f"$ {line}\n{output}" if output else f"$ {line}" for line, output in pairs)
        return [nodes.literal_block(text, text, language="console", classes=["session"])]


class Change(_Block):
    """A change of a file, as a diff."""

    required_arguments = 1

    def blocks(self, session: Session | None) -> list[nodes.Node]:
        """The name of the file, and the diff."""
        diff = "\n".join(self.content)
        if session:
            session.change(self.arguments[0], diff)
        return [
            nodes.paragraph("", "", nodes.literal("", self.arguments[0])),
            nodes.literal_block(diff, diff, language="diff"),
        ]


class Shown(_Block):
    """A file, or a part of it."""

    required_arguments = 1
    option_spec = {  # noqa: RUF012
        "from": directives.unchanged,
        "to": directives.unchanged,
        "language": directives.unchanged,
    }

    def blocks(self, session: Session | None) -> list[nodes.Node]:
        """The name of the file, and what is in it."""
        file, first, last = self.arguments[0], self.options.get("from", ""), self.options.get("to", "")
        text = session.shown(file, first, last) if session else ""
        return [
            nodes.paragraph("", "", nodes.literal("", file)),
            nodes.literal_block(text, text, language=self.options.get("language", "text")),
        ]
