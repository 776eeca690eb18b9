"""The site's own directives: what they show is read from the kit itself, so that the site cannot fall behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from site_of_gen_tck.clauses import ChapterList, ClauseDirective, ClauseIndex, RetiredList
from site_of_gen_tck.deviations import DeviationList
from site_of_gen_tck.house import FloorDrawing, FloorTable
from site_of_gen_tck.machine import EventTable, ModeTable, StateDiagram
from site_of_gen_tck.profiles import ArgumentTable, HelperTable, ProfileList
from site_of_gen_tck.tests import pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Called by Sphinx."""
    app.add_directive("clause", ClauseDirective)
    app.add_directive("clauses", ClauseIndex)
    app.add_directive("retired", RetiredList)
    app.add_directive("chapters", ChapterList)
    app.add_directive("deviations", DeviationList)
    app.add_directive("floors", FloorDrawing)
    app.add_directive("floortable", FloorTable)
    app.add_directive("states", StateDiagram)
    app.add_directive("modes", ModeTable)
    app.add_directive("events", EventTable)
    app.add_directive("profiles", ProfileList)
    app.add_directive("arguments", ArgumentTable)
    app.add_directive("helpers", HelperTable)
    app.connect("html-collect-pages", pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
