"""The command ``gen-tck``: its group of subcommands, and how it ends.

Everything that takes time to import is imported by the command that needs it, so that help comes at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from traceback import walk_tb

import click

from gen_tck.adapters import interrupts
from gen_tck.conformance.commands import configuration
from gen_tck.conformance.commands.catalogue import calls, options
from gen_tck.conformance.commands.certify import certify
from gen_tck.conformance.commands.check import check
from gen_tck.conformance.commands.clauses import clauses, show
from gen_tck.conformance.commands.errors import COULD_NOT_TELL, say_error
from gen_tck.conformance.commands.explore import explore
from gen_tck.conformance.commands.new import new
from gen_tck.conformance.commands.nodes import nodes
from gen_tck.conformance.commands.otp_releases import otp_releases
from gen_tck.conformance.commands.reports import compare, report
from gen_tck.conformance.commands.traces import judge, replay
from gen_tck.conformance.output import streams
from gen_tck.conformance.output.streams import STDERR, STDOUT

_OWN = "gen_tck."
"""How the names of the kit's modules begin."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="gen-tck")
@click.option("--no-configuration", is_flag=True, help="Take nothing from gen-tck.toml or pyproject.toml.")
@click.pass_context
def gen_tck(context: click.Context, no_configuration: bool) -> int:
    """Judge implementations of Erlang's TCP sockets.

    Exit status: 0 as expected, 1 not, 2 could not tell.
    """
    if context.invoked_subcommand in configuration.COMMANDS and not no_configuration:
        context.default_map = configuration.defaults(Path())
    if context.invoked_subcommand is None:
        for line in context.get_help().splitlines():
            STDERR.line(line)
    return COULD_NOT_TELL


for _command in (
    nodes,
    calls,
    options,
    clauses,
    show,
    new,
    check,
    certify,
    explore,
    judge,
    replay,
    report,
    compare,
    otp_releases,
):
    gen_tck.add_command(_command)


def main() -> None:
    """Do what the command line says, and exit."""
    streams.begin()
    if "_GEN_TCK_COMPLETE" in os.environ:  # a shell asks how a command line may go on
        gen_tck.main(prog_name="gen-tck")
    status: object
    stdout = STDOUT.current
    try:
        status = gen_tck.main(prog_name="gen-tck", standalone_mode=False)
        interrupts.check()  # whoever was in a hurry and got it all the same is told so
    except click.exceptions.Exit as reason:
        status = reason.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = COULD_NOT_TELL
    except click.ClickException as reason:
        say_error(reason)
        status = COULD_NOT_TELL
    except SystemExit as reason:
        # click's own, where nobody reads its help to the end; or that of a node in this process, which proves nothing.
        status = 0 if STDOUT.is_replaced(stdout) else COULD_NOT_TELL
        if status:
            STDERR.line(f"Error: a node, or what it is made of, ended the kit: {reason.code}")
    except Exception as reason:  # Python's own status for it is 1, which is that of a judged difference
        STDERR.line(f"Error: the kit itself failed: {_fault(reason)}")
        status = COULD_NOT_TELL
    interrupts.ignore()
    if interrupts.came():
        STDERR.line("interrupted")
        status = COULD_NOT_TELL
    if not streams.end() and not isinstance(status, int):
        status = COULD_NOT_TELL  # a verdict stays what it is; other commands have nothing but their words
    sys.exit(status if isinstance(status, int) else 0)


def _fault(reason: Exception) -> str:
    """An error that nobody expected, and the last place of the kit's own on the way to it, in one line."""
    modules = [(str(frame.f_globals.get("__name__")), line) for frame, line in walk_tb(reason.__traceback__)]
    own = [f"{name[len(_OWN) :].replace('.', '/')}.py:{line}" for name, line in modules if name.startswith(_OWN)]
    return f"{type(reason).__name__}: {reason}" + (f" ({own[-1]})" if own else "")
