"""The site's own directives: what they show is read from the kit itself, so that the site cannot fall behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Called by Sphinx."""
    # Not above: `stage` is used by tests where there is no Sphinx.
    from site_of_gen_tck.clauses import ChapterList, ClauseDirective, ClauseIndex, RetiredList
    from site_of_gen_tck.closed import ClosedTable
    from site_of_gen_tck.deviations import DeviationList
    from site_of_gen_tck.house import FloorDrawing, FloorTable
    from site_of_gen_tck.inet_backend import InetBackend
    from site_of_gen_tck.limits import LimitList
    from site_of_gen_tck.machine import EventTable, StateDiagram
    from site_of_gen_tck.navigation import forget, shorten
    from site_of_gen_tck.plays import Play
    from site_of_gen_tck.profiles import ArgumentTable, HelperTable, ProfileList
    from site_of_gen_tck.socket_backend import SocketBackend
    from site_of_gen_tck.starters import StarterList
    from site_of_gen_tck.terms import TermTable
    from site_of_gen_tck.tests import pages
    from site_of_gen_tck.typed import Begin, Change, Commands, Shown, close, close_all

    directives = {
        "arguments": ArgumentTable,
        "change": Change,
        "chapters": ChapterList,
        "clause": ClauseDirective,
        "clauses": ClauseIndex,
        "closed": ClosedTable,
        "commands": Commands,
        "deviations": DeviationList,
        "events": EventTable,
        "floors": FloorDrawing,
        "floortable": FloorTable,
        "helpers": HelperTable,
        "inetbackend": InetBackend,
        "limits": LimitList,
        "play": Play,
        "profiles": ProfileList,
        "retired": RetiredList,
        "session": Begin,
        "shown": Shown,
        "socketbackend": SocketBackend,
        "starters": StarterList,
        "states": StateDiagram,
        "terms": TermTable,
    }
    for name, directive in directives.items():
        app.add_directive(name, directive)
    app.connect("html-collect-pages", pages)
    app.connect("env-updated", forget)
    app.connect("html-page-context", shorten, priority=400)  # the theme's own has 500
    app.connect("source-read", close)
    app.connect("build-finished", close_all)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
