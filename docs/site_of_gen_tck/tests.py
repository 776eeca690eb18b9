"""The source of the tests, a page for each file, so that a clause can link to the tests that check it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from site_of_gen_tck import kit

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The pages, as Sphinx's event ``html-collect-pages`` wants them. Each line is an anchor, ``line-NUMBER``."""
    formatter = HtmlFormatter(cssclass="highlight", lineanchors="line")
    for file in sorted({test.file for tests in kit.tests().values() for test in tests}):
        source = (kit.TESTS / file).read_text(encoding="utf-8")
        title = f"conformance/{file}"
        code = highlight(source, PythonLexer(), formatter)
        body = f'<h1><code class="literal">{escape(title)}</code></h1>{code}'
        yield f"tests/{file.removesuffix('.py')}", {"title": title, "body": body}, "page.html"
