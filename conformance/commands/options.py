"""Options that several commands take."""

from __future__ import annotations

import click

__all__ = ["erl", "limit"]

erl = click.option("--erl", default="erl", show_default=True, metavar="COMMAND", help="What starts Erlang.")
limit = click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a node or a file may cost, as in PROTOCOL.md: total=600.",
)
