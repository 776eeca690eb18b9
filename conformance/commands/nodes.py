"""The command ``gen-tck nodes``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gen_tck.conformance.commands import options
from gen_tck.conformance.output.streams import STDOUT

if TYPE_CHECKING:
    from gen_tck.adapters.registry import Entry
    from gen_tck.conformance.commands.shapes import NodeShape


@click.command()
@options.erl
@options.as_json
def nodes(erl: str, json: bool) -> None:
    """What can be certified from here, and what is missing for the rest."""
    from gen_tck.adapters.registry import known_nodes
    from gen_tck.spec.profiles import shortened

    found = map(_tried, known_nodes(erl=erl))
    if json:
        options.in_json(list(found))
        return
    for each in found:
        state = f"missing: {each.missing}"
        if each.ready:
            state = f"ready: {each.implementation} {each.version} ({', '.join(shortened(each.profiles))})"
        STDOUT.line(f"{each.name:<18}  {each.description:<32}  {state}")


def _tried(entry: Entry) -> NodeShape:
    """Start a node and ask it what it is."""
    from gen_tck.adapters.interface import NodeError
    from gen_tck.conformance.commands.shapes import NodeShape
    from gen_tck.spec.profiles import PROFILES

    try:
        node = entry.open()
    except NodeError as reason:
        return NodeShape(entry.name, entry.description, False, str(reason), "", "", [])
    known = node.capabilities
    node.close()
    profiles = [each for each in PROFILES if each in known.profiles]
    return NodeShape(entry.name, entry.description, True, "", known.name, known.version, profiles)
