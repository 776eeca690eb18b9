"""The navigation beside each page, made in less time: it is the same as without this.

Furo asks for titles alone. Sphinx copies the headings of all pages first, a thousand clauses among them, drops
them then, and does so once more for each page, which takes a quarter of the time of the whole site.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_titles: dict[str, nodes.bullet_list] = {}
"""The table of contents of each page, without what stands below its title."""


def forget(app: Sphinx, *_: object) -> None:
    """The pages were read: their titles may be others."""
    _titles.clear()


def shorten(app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None) -> None:
    """Let the theme have the navigation from the titles. It is called before the theme asks for it."""
    make = context["toctree"]

    def navigation(**options: Any) -> str:
        if not options.get("titles_only"):
            return str(make(**options))
        whole = app.env.tocs
        app.env.tocs = _of(whole)
        try:
            return str(make(**options))
        finally:
            app.env.tocs = whole

    context["toctree"] = navigation


def _of(tocs: Mapping[str, nodes.bullet_list]) -> dict[str, nodes.bullet_list]:
    if not _titles:
        _titles.update({page: _title(toc) for page, toc in tocs.items()})
    return _titles


def _title(toc: nodes.bullet_list) -> nodes.bullet_list:
    """What Sphinx leaves of it, too; where other pages stand below a heading, all of it."""
    short = toc.deepcopy()
    for each in short.children:
        if isinstance(each, nodes.Element) and len(each) > 1 and not any(each.findall(addnodes.toctree)):
            each.pop(1)
    return short
