"""The starters' sources: what `gen-tck new` writes, to be read before one has it, or by who writes another language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import gen_tck.adapters.registry as registry

FOLDER = Path(registry.__file__).parent / "starters"
LANGUAGES = {
    ".c": "c",
    ".erl": "erlang",
    ".js": "javascript",
    ".json": "json",
    ".md": "markdown",
    ".py": "python",
    ".toml": "toml",
    ".yml": "yaml",
}
"""How files are highlighted."""


def files(starter: Path) -> Iterator[Path]:
    """The files of a starter, the short ones first: the manifest, the adapter, then what it stands on."""
    found = [
        each
        for each in starter.rglob("*")
        if each.suffix in LANGUAGES and not {"build", "node_modules"} & set(each.relative_to(starter).parts)
    ]
    yield from sorted(found, key=lambda each: (each.stat().st_size, each.name))


class StarterList(SphinxDirective):
    """A section for each language, with all files."""

    def run(self) -> list[nodes.Node]:
        """Called by Sphinx."""
        return [self._language(each) for each in sorted(FOLDER.iterdir()) if each.is_dir() and any(files(each))]

    def _language(self, starter: Path) -> nodes.Node:
        section = nodes.section(ids=[f"starter-{starter.name}"])
        section += nodes.title("", "", nodes.literal("", f"gen-tck new DIR --in {starter.name}"))
        for each in files(starter):
            self.env.note_dependency(str(each))
            name = each.relative_to(starter).as_posix()
            part = nodes.section(ids=[f"{starter.name}-{name.replace('/', '-').replace('.', '-').strip('-')}"])
            part += nodes.title("", "", nodes.literal("", name))
            text = each.read_text(encoding="utf-8")
            part += nodes.literal_block(text, text, language=LANGUAGES[each.suffix])
            section += part
        return section
