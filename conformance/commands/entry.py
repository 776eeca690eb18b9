"""Where the command begins: signals are noted before anything that takes time is imported."""

from __future__ import annotations

from gen_tck.adapters import interrupts


def main() -> None:
    """The entry point of ``gen-tck``."""
    interrupts.install()
    from gen_tck.conformance.commands import cli

    cli.main()
