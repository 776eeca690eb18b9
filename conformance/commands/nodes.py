"""The command ``gen-tck nodes``."""

from __future__ import annotations

import click

from gen_tck.conformance.commands import options
from gen_tck.conformance.output.screen import STDOUT


@click.command()
@options.erl
def nodes(erl: str) -> None:
    """What can be certified from here, and what is missing for the rest."""
    from gen_tck.adapters.interface import NodeError
    from gen_tck.adapters.registry import known_nodes
    from gen_tck.spec.profiles import shortened

    for entry in known_nodes(erl=erl):
        try:
            node = entry.open()
        except NodeError as reason:
            state = f"missing: {reason}"
        else:
            known = node.capabilities
            state = f"ready: {known.name} {known.version} ({', '.join(shortened(known.profiles))})"
            node.close()
        STDOUT.line(f"{entry.name:<18}  {entry.description:<32}  {state}")
