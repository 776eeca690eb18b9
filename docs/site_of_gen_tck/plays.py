"""Plays on the pages: each has gone as it is written when its page is there."""

from __future__ import annotations

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from site_of_gen_tck.stage import PlayError, play


class Play(SphinxDirective):
    """A play, which is played on the reference."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        text = "\n".join(self.content)
        try:
            play("reference", text)
        except PlayError as reason:
            raise self.error(str(reason)) from None
        return [nodes.literal_block(text, text, language="text")]
