"""How a command line may go on: what a shell is told that completes it, by click's own means."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

__all__ = ["clauses", "nodes"]


def nodes(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The nodes whose names begin so; else files, of which one may be a manifest."""
    from gen_tck.adapters.registry import known_nodes

    found = [CompletionItem(each.name, help=each.description) for each in known_nodes() if each.name.startswith(begun)]
    return found or [CompletionItem(begun, type="file")]


def clauses(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The clauses whose ids begin so; before a chapter is chosen, the chapters."""
    from gen_tck.spec.clause import CHAPTERS
    from gen_tck.spec.clauses import SpecError, load

    if "/" not in begun:
        return [CompletionItem(f"{each}/") for each in CHAPTERS if each.startswith(begun)]
    try:
        known = load()
    except SpecError:
        return []
    return [CompletionItem(each) for each in known if each.startswith(begun)]
