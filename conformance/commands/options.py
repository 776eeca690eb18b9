"""Options that several commands take."""

from __future__ import annotations

import click

from gen_tck.conformance.commands.errors import Failed
from gen_tck.conformance.output import documents
from gen_tck.conformance.output.files import FileError
from gen_tck.conformance.output.streams import STDOUT

__all__ = ["as_json", "erl", "in_json", "limit"]

as_json = click.option(
    "--json", is_flag=True, help="Print it as JSON: the page *The command as JSON* of the site says in which shape."
)

erl = click.option("--erl", default="erl", show_default=True, metavar="COMMAND", help="What starts Erlang.")
limit = click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="NAME=VALUE",
    help="What a node or a file may cost, by the names on the page *Limits* of the site: total=600.",
)


def in_json(value: object) -> None:
    """Print ``value``, one of the shapes, as JSON. Raises ``Failed`` if it cannot be written."""
    try:
        STDOUT.document(documents.in_json(value))
    except FileError as reason:
        raise Failed(str(reason)) from reason
