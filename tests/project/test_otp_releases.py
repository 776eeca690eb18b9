"""``gen-tck otp-releases``, and ``tools/otp-releases``, on a stage.

debootstrap, chroot and apt are small scripts, the cache is a temporary folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from gen_tck.adapters import otp_releases

BOOTSTRAP = """\
for last in "$@"; do root=$mirror; mirror=$last; done
echo "$@" >"$STAGE/debootstrap.arguments"
release=${root##*/otp}; release=${release%.part}
mkdir -p "$root/usr/lib/erlang/releases/$release" "$root/var/cache/apt/archives"
echo "$release.1.2" >"$root/usr/lib/erlang/releases/$release/OTP_VERSION"
"""

APT = """\
test "$*" = "--print-uris update" || exit 1
cat <<END
'http://security.test/debian-security/dists/stable/main/binary-all/Packages.xz' it.is.called 0
'http://mirror.test/debian/dists/stable/InRelease' it.is.called 0
'http://other.test/things/dists/stable/main/binary-all/Packages.xz' it.is.called 0
'http://mirror.test/debian/dists/stable/main/binary-all/Packages.xz' it.is.called 0
END
"""


class Stage:
    """A machine as the tool sees it."""

    def __init__(self, folder: Path, tool: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.folder = folder
        self.cache = folder / "cache" / "gen-tck"
        self.tool = tool
        self.has("debootstrap", BOOTSTRAP)
        self.has("chroot", "echo 27")
        self.has("apt-get", APT)
        self.has("apt-config", "")

    def has(self, name: str, script: str) -> None:
        """Put a command on the stage."""
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def lacks(self, name: str) -> None:
        """Take a command off the stage."""
        (self.bin / name).unlink()

    def arguments(self) -> list[str]:
        """What debootstrap was called with."""
        return (self.folder / "debootstrap.arguments").read_text().split()

    def left(self) -> list[str]:
        """What is in the cache, logs aside."""
        return sorted(each.name for each in self.cache.glob("*") if each.suffix != ".log")


@pytest.fixture
def stage(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage(tmp_path, checkout / "tools" / "otp-releases")
    for name in ("sh", "mkdir", "rm", "umount", "sleep", "touch", "cat"):
        found = shutil.which(name)
        assert found is not None
        (stage.bin / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(stage.bin))
    monkeypatch.setenv("STAGE", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return stage


@pytest.fixture
def tool(stage: Stage) -> ModuleType:
    """The tool as a module: it has no suffix, being a command."""
    loader = SourceFileLoader("otp_releases", str(stage.tool))
    spec = spec_from_loader("otp_releases", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def run(tool: ModuleType, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the tool: its exit status, what it printed, what it complained of."""

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = tool.main(list(arguments))
        except SystemExit as end:
            status = int(str(end.code))
        out, err = capsys.readouterr()
        return status, out.strip(), err.strip()

    return run


Run = Callable[..., tuple[int, str, str]]


def test_installs_and_prints_the_command(stage: Stage, run: Run) -> None:
    status, out, err = run("27")
    assert (status, out) == (0, f"chroot {stage.cache}/otp27 erl")
    assert "OTP 27 is installed (27.1.2)" in err
    assert stage.left() == ["otp27"]


def test_checks_signatures_and_uses_the_mirror_of_apt(stage: Stage, run: Run) -> None:
    run("27")
    assert stage.arguments() == [
        "--force-check-gpg",
        "--variant=minbase",
        "--include=erlang-base",
        "trixie",
        str(stage.cache / "otp27.part"),
        "http://mirror.test/debian",
    ]


def test_a_named_mirror_comes_first(stage: Stage, run: Run) -> None:
    run("27", "--mirror", "http://other.test/")
    assert stage.arguments()[-1] == "http://other.test/"


def test_proxy_of_apt_reaches_debootstrap(stage: Stage, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("http_proxy", raising=False)
    stage.has("apt-config", "echo \"address='http://proxy.test:3142'\"")
    stage.has("debootstrap", BOOTSTRAP + 'echo "$http_proxy" >"$STAGE/proxy"')
    run("27")
    assert (stage.folder / "proxy").read_text() == "http://proxy.test:3142\n"


def test_a_second_time_does_nothing(stage: Stage, run: Run) -> None:
    run("27")
    stage.has("debootstrap", "exit 1")
    assert run("27") == (0, f"chroot {stage.cache}/otp27 erl", "OTP 27 is installed (27.1.2)")


def test_answers_questions_about_an_installed_release(stage: Stage, run: Run) -> None:
    run("27")
    assert run("--path", "27")[:2] == (0, str(stage.cache / "otp27"))
    assert run("--erl", "27")[:2] == (0, f"chroot {stage.cache}/otp27 erl")
    told = {line.split()[0]: line.split()[1:] for line in run("--list")[1].splitlines()}
    assert told["27"] == ["Debian", "trixie", "27.1.2", "chroot", f"{stage.cache}/otp27", "erl"]
    assert told["29"] == ["Debian", "sid", "not", "installed"]


@pytest.mark.parametrize("question", ["--path", "--erl"])
def test_missing_release_is_one_line(run: Run, question: str) -> None:
    line = "otp-releases: OTP 29 is not installed here: tools/otp-releases 29 installs it"
    assert run(question, "29") == (1, "", line)


SUBCOMMAND = (str(Path(sys.executable).with_name("gen-tck")), "otp-releases")
BARE = (sys.executable, "-I", "-S")
"""Python without anything that is installed."""


def test_subcommand_is_another_tool(stage: Stage) -> None:
    def ask(*command: str | Path) -> tuple[int, str, str]:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    assert ask(*SUBCOMMAND, "--erl", "29") == (
        1,
        "",
        "otp-releases: OTP 29 is not installed here: gen-tck otp-releases 29 installs it\n",
    )
    listed = ask(*SUBCOMMAND, "--list")
    assert (
        listed
        == ask(*BARE, stage.tool, "--list")
        == (
            0,
            "25  Debian bookworm not installed\n27  Debian trixie   not installed\n29  Debian sid      not installed\n",
            "",
        )
    )
    status, out, err = ask(*SUBCOMMAND, "24")

    why = "Error: OTP 24 is not one of 25, 27, 29: the kit needs 25 or later"
    assert (status, out, err.splitlines()[-1]) == (2, "", why)


@pytest.mark.parametrize(
    ("release", "why"),
    [
        ("24", "OTP 24 is not one of 25, 27, 29: the kit needs 25 or later"),
        (
            "26",
            "OTP 26 is not one of 25, 27, 29, which Debian carries: "
            "have it from elsewhere, and name its erl with --erl",
        ),
        ("twenty", "OTP twenty is not one of 25, 27, 29"),
    ],
)
def test_release_that_debian_does_not_carry_is_looked_for(release: str, why: str) -> None:
    assert otp_releases.Wanted(install=[release]).problem() == why


@pytest.mark.parametrize("arguments", [["24"], ["--erl", "24"], []])
def test_wrong_arguments_are_status_2(run: Run, arguments: list[str]) -> None:
    status, out, _ = run(*arguments)
    assert (status, out) == (2, "")


def test_suite_that_moved_on_is_not_installed(stage: Stage, run: Run) -> None:
    stage.has("chroot", "echo 30")
    status, out, err = run("29")
    assert (status, out) == (1, "")
    assert err.splitlines()[-1] == "otp-releases: Debian sid carries OTP 30 today, not 29"
    assert stage.left() == []


def test_vm_that_does_not_start_is_not_installed(stage: Stage, run: Run) -> None:
    stage.has("chroot", "echo 'no such file' >&2; exit 127")
    status, _, err = run("27")
    assert status == 1
    assert "nothing (no such file)" in err
    assert stage.left() == []


def test_failing_debootstrap_leaves_its_last_error_and_nothing_else(stage: Stage, run: Run) -> None:
    stage.has("debootstrap", f"{BOOTSTRAP}\necho I: hello; echo E: cannot reach it; exit 1")
    status, out, err = run("27")
    assert (status, out) == (1, "")
    last = f"otp-releases: debootstrap failed for OTP 27: cannot reach it (log: {stage.cache}/otp27.log)"
    assert err.splitlines()[-1] == last
    assert stage.left() == []


def test_leavings_of_a_killed_installation_are_cleared(stage: Stage, run: Run) -> None:
    (stage.cache / "otp27.part" / "old").mkdir(parents=True)
    (stage.cache / "otp27").mkdir()
    assert run("27")[0] == 0
    assert stage.left() == ["otp27"]
    assert not (stage.cache / "otp27" / "old").exists()


def test_termination_ends_debootstrap_and_leaves_nothing(stage: Stage) -> None:
    stage.has("debootstrap", f"{BOOTSTRAP}\necho $$ >$STAGE/pid; kill -TERM $PPID; sleep 1000")
    program = f"import os, runpy; os.geteuid = lambda: 0; runpy.run_path({str(stage.tool)!r}, run_name='__main__')"
    command = [sys.executable, "-c", program, "27"]
    seen = subprocess.run(command, capture_output=True, text=True, check=False)
    assert seen.returncode == 1
    assert seen.stderr.splitlines()[-1] == "otp-releases: interrupted; nothing half-made is left"
    assert stage.left() == []
    with pytest.raises(ProcessLookupError):
        os.kill(int((stage.folder / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        ("debootstrap", "debootstrap is missing (Debian: apt-get install debootstrap)"),
        ("apt-get", "there is no apt here to ask for a mirror: name a Debian mirror with --mirror"),
    ],
)
def test_missing_command_is_one_line(stage: Stage, run: Run, missing: str, line: str) -> None:
    stage.lacks(missing)
    assert run("27") == (1, "", f"otp-releases: {line}")


def test_machine_without_apt_can_name_a_mirror(stage: Stage, run: Run) -> None:
    stage.lacks("apt-get")
    stage.lacks("apt-config")
    assert run("27", "--mirror", "http://other.test/")[0] == 0


def test_ordinary_user_is_told_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert run("27") == (1, "", "otp-releases: debootstrap and chroot need root: run this as root")


def test_apt_without_a_mirror_is_one_line(stage: Stage, run: Run) -> None:
    stage.has("apt-get", "echo \"'file:/srv/debian/dists/stable/main/binary-all/Packages.xz' it.is.called 0\"")
    line = "otp-releases: apt is configured with no http or https mirror: name a Debian mirror with --mirror"
    assert run("27") == (1, "", line)


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="there is no apt here")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("some.list", "deb [trusted=yes] http://mirror.test/debian stable main\n"),
        ("some.sources", "Types: deb\nURIs: http://mirror.test/debian\nSuites: stable\nComponents: main\n"),
        (
            "some.sources",
            "Types: deb\nURIs: http://off.test/debian\nSuites: stable\nComponents: main\nEnabled: no\n\n"
            "Types: deb\nURIs: http://mirror.test/debian-security\nSuites: stable-security\nComponents: main\n\n"
            "Types: deb\nURIs: http://mirror.test/debian\nSuites: stable\nComponents: main\n",
        ),
    ],
)
def test_real_apt_names_the_mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, text: str) -> None:
    """Both of apt's file formats, read by apt itself."""
    parts = tmp_path / "sources"
    parts.mkdir()
    (parts / name).write_text(text)
    settings = tmp_path / "apt.conf"
    settings.write_text(
        f'Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "{parts}"; Dir::State::lists "{tmp_path}/lists";'
    )
    monkeypatch.setenv("APT_CONFIG", str(settings))
    monkeypatch.setenv("PATH", os.defpath)
    assert otp_releases.mirror() == "http://mirror.test/debian"
