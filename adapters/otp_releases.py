"""Further Erlang/OTP releases next to the machine's own, to certify them too.

A release comes from the Debian suite that carries it: a minimal Debian with ``erlang-base``, made by debootstrap in a
cache folder (``$XDG_CACHE_HOME/gen-tck/otp27``, or ``~/.cache/gen-tck/otp27``) and entered with chroot. The packages
come from the mirror this machine's apt is configured with, and their signatures are checked.

``tools/otp-releases`` runs this file on a bare Python, before anything is installed: it imports nothing of the kit.
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, TypeAlias

SUITES = {"25": "bookworm", "27": "trixie", "29": "sid"}
"""OTP release to the Debian suite that carries it."""

OLDEST = 25
"""Of older ones the kit knows nothing."""
PACKAGES = ("erlang-base",)


Say: TypeAlias = "Callable[[str], None]"
"""Takes a line of words."""


class InstallError(Exception):
    """What stops us, in one line."""


class NotInstalled(InstallError):
    """What was asked about is not installed."""

    def __init__(self, release: str) -> None:
        super().__init__(f"OTP {release} is not installed here")
        self.release = release


@dataclass(frozen=True)
class Wanted:
    """What is to be done, in the order of the fields; the releases are among :data:`SUITES`."""

    show: bool = False
    """List the releases, and which are installed."""
    install: Sequence[str] = ()
    """These releases; the command that runs each is an answer."""
    path: str = ""
    """Answer with the root folder of this release, which must be installed."""
    erl: str = ""
    """Answer with the command that runs this release, which must be installed."""
    mirror: str | None = None
    """The Debian mirror to use; ``None``: apt's own."""
    signed: bool = True
    """Whether signatures are checked."""

    def problem(self) -> str:
        """What is wrong with it, in one line; empty if nothing is."""
        named = [*self.install, *filter(None, [self.path, self.erl])]
        unknown = [each for each in named if each not in SUITES]
        if unknown:
            return _not_carried(unknown[0])
        return "" if named or self.show else "name a release to install, or --list"


def _not_carried(release: str) -> str:
    """Why ``release`` cannot be installed, and what to do."""
    there = f"OTP {release} is not one of {', '.join(SUITES)}"
    if not (release.isascii() and release.isdigit()):
        return there
    if int(release) < OLDEST:
        return f"{there}: the kit needs {OLDEST} or later"
    return f"{there}, which Debian carries: have it from elsewhere, and name its erl with --erl"


def carry_out(wanted: Wanted, command: str, answer: Say, say: Say) -> int:
    """Do it. Returns the exit status: 0 done, 1 not installed, or it could not be.

    ``command``: what installs a release when its name is added. ``answer`` takes what was asked for, ``say`` the rest.
    """
    try:
        if wanted.show:
            for line in table():
                answer(line)
        for release in wanted.install:
            install(release, wanted.mirror, wanted.signed, say)
            answer(erl(folder(release)))
        if wanted.path:
            installed(wanted.path)
            answer(str(folder(wanted.path)))
        if wanted.erl:
            installed(wanted.erl)
            answer(erl(folder(wanted.erl)))
    except NotInstalled as trouble:
        say(f"otp-releases: {trouble}: {command} {trouble.release} installs it")
        return 1
    except InstallError as trouble:
        say(f"otp-releases: {trouble}")
        return 1
    except KeyboardInterrupt:
        say("otp-releases: interrupted; nothing half-made is left")
        return 1
    return 0


def cache() -> Path:
    """The folder that holds the releases."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gen-tck"


def folder(release: str) -> Path:
    """The root folder of ``release``, installed or not."""
    return cache() / f"otp{release}"


def version(root: Path, release: str) -> str | None:
    """The full version of OTP ``release`` below ``root`` (``27.3.4.1``), None if it is not there."""
    try:
        return (root / "usr/lib/erlang/releases" / release / "OTP_VERSION").read_text().strip()
    except OSError:
        return None


def installed(release: str) -> str:
    """The full version of an installed release. Raises :class:`NotInstalled`."""
    found = version(folder(release), release)
    if found is None:
        raise NotInstalled(release)
    return found


def erl(root: Path) -> str:
    """The command that runs the release below ``root``, for ``--erl``."""
    return shlex.join(["chroot", str(root), "erl"])


def mirror() -> str:
    """The Debian mirror of this machine's apt.

    apt itself is asked what it would fetch, so that every form of its configuration is understood. Mirrors of security
    updates are passed over: they carry no whole release.
    """
    try:
        command = ["apt-get", "--print-uris", "update"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise InstallError("there is no apt here to ask for a mirror: name a Debian mirror with --mirror") from None
    indexes: list[tuple[str, str]] = re.findall(
        r"^'(https?://\S+?)/dists/([^/]+)/main/binary-", answer.stdout, re.MULTILINE
    )
    mirrors = [address for address, suite in indexes if "security" not in f"{address} {suite}"]
    if not mirrors:
        raise InstallError("apt is configured with no http or https mirror: name a Debian mirror with --mirror")
    return next((each for each in mirrors if each.endswith("/debian")), mirrors[0])


def proxy() -> dict[str, str]:
    """The http proxy of this machine's apt, as environment for debootstrap's downloads."""
    if shutil.which("apt-config") is None:
        return {}
    answer = subprocess.run(
        ["apt-config", "shell", "address", "Acquire::http::Proxy"], capture_output=True, text=True, check=False
    )
    found = re.fullmatch(r"address='(.+)'", answer.stdout.strip())
    return {"http_proxy": found[1]} if found else {}


@contextmanager
def workplace(release: str) -> Iterator[tuple[Path, TextIO]]:
    """An empty folder to install into, and the log; what is left of the folder afterwards is removed, whatever happens.

    A lock on the log keeps two installations of one release apart. debootstrap inherits it, so that the lock outlives
    even our own violent death while something still writes there.
    """
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"otp{release}.log").open("a") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        log.truncate(0)
        root = cache() / f"otp{release}.part"
        remove(root)
        root.mkdir()
        try:
            yield root, log
        finally:
            remove(root)


def remove(root: Path) -> None:
    """Remove ``root``. An interrupted debootstrap leaves /proc and /sys mounted in it: those come off first."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in reversed([each for each in mounts if each.startswith(f"{root}/")]):
        subprocess.run(["umount", "--lazy", mount], check=False)
    subprocess.run(["rm", "-rf", "--one-file-system", "--", str(root)], check=False)


def debootstrap(release: str, root: Path, address: str, signed: bool, log: TextIO) -> None:
    """Make a minimal Debian with Erlang in it. Its talk goes to ``log``."""
    suite = SUITES[release]
    command = [
        "debootstrap",
        "--force-check-gpg" if signed else "--no-check-gpg",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        suite,
        str(root),
        address,
    ]
    status = run_whole(command, log)
    if status != 0:
        said = [line[3:] for line in Path(log.name).read_text(errors="replace").splitlines() if line.startswith("E: ")]
        raise InstallError(
            f"debootstrap failed for OTP {release}: {said[-1] if said else f'status {status}'} (log: {log.name})"
        )


def run_whole(command: list[str], out: TextIO) -> int:
    """Run ``command`` to its end. If we are interrupted, everything it started ends too. Returns its exit status."""
    # A signal that came while the child is being made would leave it behind: it has to wait until we hold the child.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        child = subprocess.Popen(
            command,
            env={**proxy(), **os.environ},
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before),
        )
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return child.wait()
        except BaseException:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait()
            raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def answers(root: Path) -> str:
    """The release that the VM below ``root`` says it is."""
    program = "io:put_chars(erlang:system_info(otp_release)), halt()."
    answer = subprocess.run(
        [*shlex.split(erl(root)), "-noinput", "-eval", program], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or f"nothing ({answer.stderr.strip()[-200:]})"


def install(release: str, address: str | None, signed: bool, say: Say) -> None:
    """Install ``release`` whole, or not at all. :class:`InstallError` if that cannot be done."""
    found = version(folder(release), release)
    if found is not None:
        say(f"OTP {release} is installed ({found})")
        return
    if shutil.which("debootstrap") is None:
        raise InstallError("debootstrap is missing (Debian: apt-get install debootstrap)")
    if os.geteuid() != 0:
        raise InstallError("debootstrap and chroot need root: run this as root")
    address = address or mirror()
    start = time.monotonic()
    with workplace(release) as (root, log):
        if version(folder(release), release) is None:  # nobody else made it while we waited for the lock
            say(f"installing OTP {release} from Debian {SUITES[release]}: about a minute, 300 MB (log: {log.name})")
            debootstrap(release, root, address, signed, log)
            adopt(release, root)
    say(f"OTP {release} is installed ({installed(release)}), in {time.monotonic() - start:.0f} s")


def adopt(release: str, root: Path) -> None:
    """Make the fresh ``root`` the installed release, if that is what it is."""
    seen = answers(root)
    if seen != release:
        raise InstallError(f"Debian {SUITES[release]} carries OTP {seen} today, not {release}")
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
    remove(folder(release))  # no whole release, or version() would have found it
    root.rename(folder(release))


def table() -> Iterator[str]:
    """A line for every release that is known: where it comes from, and whether it is installed."""
    for release, suite in SUITES.items():
        found = version(folder(release), release)
        state = f"{found:<10}  {erl(folder(release))}" if found else "not installed"
        yield f"{release}  Debian {suite:<8} {state}"
