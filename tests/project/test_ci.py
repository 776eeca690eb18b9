"""``.ci/run`` on a stage: Python, pip, tox and apt-get are small scripts that say what was asked of them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

PYTHON = """\
if [ "$1" = -m ]; then
    mkdir -p "$3/bin"
    echo "PATH=$3/bin:\\$PATH" >"$3/bin/activate"
    cp "$STAGE/pip" "$STAGE/tox" "$3/bin"
elif [ "$1" = tools/otp-releases ]; then
    echo "$*" >>"$STAGE/calls"
    exit $(cat "$STAGE/status of otp-releases")
fi
"""
TOX = """\
#!/bin/sh
echo "tox $*" >>"$STAGE/calls"
cat <<END
py310: commands[0]> pytest
\033[32m======== \033[1m3 passed\033[0m in 0.02s =========\033[0m
py310: commands[1]> gen-tck certify reference
otp: commands[0]> gen-tck certify otp
py313: commands[0]> pytest
==== 1 failed, 2 passed in 65.02s (0:01:05) ====
  evaluation failed
END
exit 3
"""
GREEN = """\
#!/bin/sh
echo "  vm: OK (2 seconds)"
printf '  kit: \\033[32mOK\\033[0m (1 second)\\n'
"""


class Stage:
    """A machine as ``.ci/run`` sees it."""

    def __init__(self, folder: Path, script: Path) -> None:
        self.folder = folder
        self.script = script
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in (
            "bash",
            "sh",
            "dirname",
            "mktemp",
            "rm",
            "mkdir",
            "cp",
            "cat",
            "tee",
            "sed",
            "awk",
            "env",
            "grep",
            "timeout",
        ):
            found = shutil.which(name)
            assert found is not None
            (self.bin / name).symlink_to(found)
        self.user(0)
        self.has("python3.12", PYTHON)
        self.has("apt-get", 'echo "apt-get $*" >>"$STAGE/calls"')
        self.has("erl", "")
        for name in ("chromium", "node", "cc", "make"):
            self.has(name, "")
        self.otp_releases(0)
        for name, text in (("pip", '#!/bin/sh\necho "pip $*" >>"$STAGE/calls"\n'), ("tox", TOX)):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self.uv(0)

    def has(self, name: str, script: str) -> None:
        """Put a command on the stage."""
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def lacks(self, name: str) -> None:
        """Take a command off the stage."""
        (self.bin / name).unlink()

    def user(self, number: int) -> None:
        """Who we are."""
        self.has("id", f"echo {number}")

    def otp_releases(self, status: int) -> None:
        """How the installer of further releases ends."""
        (self.folder / "status of otp-releases").write_text(str(status))

    def uv(self, status: int) -> None:
        """How uv ends when it is asked whether it can have a package."""
        self.has("uv", f"exit {status}")

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        environment = {"PATH": str(self.bin), "STAGE": str(self.folder), "TMPDIR": str(self.folder)}
        return subprocess.run([self.script], env=environment, capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        """What was asked of the commands, in order."""
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def stage(checkout: Path, tmp_path: Path) -> Stage:
    return Stage(tmp_path, checkout / ".ci" / "run")


def test_status_is_that_of_the_tests(stage: Stage) -> None:
    assert stage.run().returncode == 3
    (stage.folder / "tox").write_text(GREEN)
    assert stage.run().returncode == 0


@pytest.mark.parametrize("environment", ["vm", "kit"])
def test_run_without_tests_is_green(stage: Stage, environment: str) -> None:
    (stage.folder / "tox").write_text(GREEN.replace(f"{environment}: ", f"{environment} is left out: "))
    seen = stage.run()
    assert (seen.returncode, seen.stderr) == (1, f"the environment {environment} did not run\n")


def test_runs_the_commands_of_the_readme(stage: Stage, checkout: Path) -> None:
    stage.run()
    assert stage.calls()[-3:] == ["pip install --quiet tox", "pip install --quiet tox-uv", "tox p -p 3"]
    assert "    pip install tox && tox p -p 3\n" in (checkout / "README.md").read_text()


def test_uv_that_cannot_have_a_package_is_used(stage: Stage) -> None:
    stage.uv(1)
    assert stage.run().returncode == 3
    assert stage.calls()[-2:] == ["pip uninstall --quiet --yes tox-uv", "tox p -p 3"]


def test_reason_of_a_failure_is_not_at_the_end(stage: Stage) -> None:
    said = TOX.replace(
        "  evaluation failed", "  otp: FAIL code 2 (50.86=setup[13.13]+cmd[37.72] seconds)\n  py313: OK (1 seconds)"
    )
    said = said.replace("certify otp\n", "certify otp\ndeviates  modes/so as recorded\nadapter-error  modes/so\n")
    (stage.folder / "tox").write_text(said)
    end = stage.run().stdout.partition("otp failed:\n")[2].splitlines()
    assert end == ["  otp: commands[0]> gen-tck certify otp", "  adapter-error  modes/so"]


def test_ends_with_the_summary_of_every_pytest(stage: Stage) -> None:
    assert stage.run().stdout.splitlines()[-2:] == [
        "py310: ======== 3 passed in 0.02s =========",
        "py313: ==== 1 failed, 2 passed in 65.02s (0:01:05) ====",
    ]


def test_installs_erlang_where_it_is_missing(stage: Stage) -> None:
    stage.lacks("erl")
    stage.run()
    assert stage.calls()[:2] == ["apt-get update -qq", "apt-get install -qq --no-install-recommends erlang-base"]


def test_lists_of_packages_are_fetched_for_each_of_them(stage: Stage) -> None:
    for name in ("erl", "chromium", "node"):
        stage.lacks(name)
    stage.run()
    asked = [each for each in stage.calls() if each.startswith("apt-get")]
    install = "apt-get install -qq --no-install-recommends"
    assert asked == ["apt-get update -qq", f"{install} erlang-base", f"{install} chromium", f"{install} nodejs"]


def test_ordinary_user_installs_with_sudo(stage: Stage) -> None:
    stage.lacks("erl")
    stage.user(1000)
    stage.has("sudo", 'echo sudo >>"$STAGE/calls"; shift; exec "$@"')
    stage.run()
    assert stage.calls()[:2] == ["sudo", "apt-get update -qq"]


def test_failing_installation_is_not_passed_over(stage: Stage) -> None:
    stage.lacks("erl")
    stage.has("apt-get", "exit 100")
    assert stage.run().returncode == 100
    assert not (stage.folder / "calls").exists()


def test_further_release_that_is_here_is_left_alone(stage: Stage) -> None:
    stage.run()
    assert stage.calls() == [
        "tools/otp-releases --path 27",
        "pip install --quiet tox",
        "pip install --quiet tox-uv",
        "tox p -p 3",
    ]


def test_further_release_is_installed_by_root(stage: Stage) -> None:
    stage.otp_releases(1)
    stage.run()
    debootstrap = "apt-get install -qq --no-install-recommends debootstrap"
    assert stage.calls()[:4] == [
        "tools/otp-releases --path 27",
        "apt-get update -qq",
        debootstrap,
        "tools/otp-releases 27",
    ]
    stage.has("debootstrap", "")
    stage.run()
    assert stage.calls().count(debootstrap) == 1


def test_further_release_keeps_the_others_waiting(stage: Stage) -> None:
    """It is being installed until Node.js is here; after a minute it is given up."""
    stage.otp_releases(1)
    stage.has("debootstrap", "")
    stage.lacks("node")
    stage.has("apt-get", 'case "$*" in *nodejs) echo >"$STAGE/here";; esac')
    limit, rest = shutil.which("timeout"), shutil.which("sleep")
    stage.lacks("timeout")
    waiting = f"""{limit} 60 sh -c 'until [ -e "$STAGE/here" ]; do {rest} 0.01; done'"""
    stage.has("timeout", f'{waiting} || exit 1; shift; exec "$@"')
    stage.run()
    assert stage.calls()[:3] == ["tools/otp-releases --path 27", "tools/otp-releases 27", "pip install --quiet tox"]


def test_goes_on_without_a_further_release(stage: Stage) -> None:
    stage.otp_releases(1)
    stage.has("apt-get", "exit 100")
    seen = stage.run()
    assert seen.returncode == 3
    assert seen.stderr == "going on without OTP 27\n"
    assert stage.calls()[-1] == "tox p -p 3"


def test_ordinary_user_gets_no_further_release(stage: Stage) -> None:
    stage.user(1000)
    stage.run()
    assert stage.calls() == ["pip install --quiet tox", "pip install --quiet tox-uv", "tox p -p 3"]


def test_browser_is_not_installed_where_it_is_missing(stage: Stage) -> None:
    stage.lacks("chromium")
    stage.run()
    assert "apt-get install -qq --no-install-recommends chromium" in stage.calls()


def test_goes_on_without_a_browser(stage: Stage) -> None:
    stage.lacks("chromium")
    stage.has("apt-get", "exit 100")
    seen = stage.run()
    assert seen.returncode == 3
    assert seen.stderr == "going on without Chromium\n"
    assert stage.calls()[-1] == "tox p -p 3"


@pytest.mark.parametrize(
    ("command", "packages"), [("node", "nodejs"), ("cc", "gcc libc6-dev make"), ("make", "gcc libc6-dev make")]
)
def test_language_is_not_installed_where_it_is_missing(stage: Stage, command: str, packages: str) -> None:
    stage.lacks(command)
    stage.run()
    assert f"apt-get install -qq --no-install-recommends {packages}" in stage.calls()


def test_missing_language_is_passed_over(stage: Stage) -> None:
    """Its tests are to fail, and they do where ``CI`` is set."""
    stage.lacks("node")
    stage.has("apt-get", "exit 100")
    (stage.folder / "tox").write_text(f'{GREEN}echo "CI=$CI" >>"$STAGE/calls"\n')
    assert stage.run().stderr == "going on without Node.js\n"
    assert stage.calls()[-1] == "CI=true"


def test_failing_pip_is_not_passed_over(stage: Stage) -> None:
    (stage.folder / "pip").write_text("#!/bin/sh\nexit 1\n")
    assert stage.run().returncode == 1


def test_interpreters_behind_pyenv_are_found(stage: Stage) -> None:
    """A shim of pyenv answers only for the version that is selected; here it is for none."""
    stage.has("python3.12", "exit 127")
    stage.has("pyenv", 'echo "$STAGE/pyenv"')
    for version, script in (("3.9.1", "exit 1"), ("3.11.7", PYTHON)):
        folder = stage.folder / "pyenv" / "versions" / version / "bin"
        folder.mkdir(parents=True)
        stage.has(f"python{version[:-2]}", script)
        (stage.bin / f"python{version[:-2]}").rename(folder / f"python{version[:-2]}")
    (stage.folder / "tox").write_text(f'{GREEN}echo "$PATH" >"$STAGE/path"\n')
    assert stage.run().returncode == 0
    path = (stage.folder / "path").read_text()
    assert "versions/3.11.7/bin" in path
    assert "versions/3.9.1/bin" not in path


def test_no_python_is_one_line(stage: Stage) -> None:
    stage.lacks("python3.12")
    seen = stage.run()
    assert seen.returncode == 1
    assert seen.stderr == "there is no Python 3.10, 3.11, 3.12, 3.13 or 3.14 here\n"


def test_leaves_nothing_behind(stage: Stage) -> None:
    stage.run()
    assert sorted(each.name for each in stage.folder.iterdir()) == [
        "bin",
        "calls",
        "pip",
        "status of otp-releases",
        "tox",
    ]
