"""The command ``gen-tck otp-releases``."""

from __future__ import annotations

import click

from gen_tck.conformance.output.streams import STDERR, STDOUT


@click.command()
@click.argument("releases", nargs=-1, metavar="[RELEASE]...")
@click.option("--list", "show", is_flag=True, help="List the releases and what is installed.")
@click.option("--path", default="", metavar="RELEASE", help="Print the root folder of an installed release.")
@click.option("--erl", default="", metavar="RELEASE", help="Print the command that runs an installed release.")
@click.option("--mirror", metavar="URL", help="The Debian mirror to use (default: apt's own).")
@click.option("--no-check-gpg", is_flag=True, help="Install without checking signatures.")
def otp_releases(
    releases: tuple[str, ...], show: bool, path: str, erl: str, mirror: str | None, no_check_gpg: bool
) -> int:
    """Install each RELEASE of Erlang/OTP beside the machine's own, and print what --erl takes.

    It comes from the Debian suite that carries it, into a cache folder, made by debootstrap and entered with chroot: so
    this is for root, on Debian.

    Exit status: 0 done, 1 not installed or could not be installed, 2 wrong arguments.
    """
    from gen_tck.adapters import interrupts
    from gen_tck.adapters.otp_releases import Wanted, carry_out

    wanted = Wanted(show, releases, path, erl, mirror, signed=not no_check_gpg)
    if wanted.problem():
        raise click.UsageError(wanted.problem())
    with interrupts.raising():
        return carry_out(wanted, "gen-tck otp-releases", STDOUT.line, STDERR.line)
