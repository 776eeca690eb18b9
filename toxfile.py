"""tox: skip an environment whose Erlang is not on this machine, with one line that says how to get it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tox.config.sets import EnvConfigSet
from tox.plugin import impl
from tox.session.state import State
from tox.tox_env.api import ToxEnv
from tox.tox_env.errors import Skip

HERE = Path(__file__).parent


@impl
def tox_add_env_config(env_conf: EnvConfigSet, state: State) -> None:
    """Tell ``otp``, ``otp27``, ``otp27-socket``... which ``erl`` they certify."""
    release = wanted(env_conf.name)
    if release is not None:
        env_conf["set_env"].update({"GEN_TCK_ERL": erl(release)[0]})


@impl
def tox_on_install(tox_env: ToxEnv) -> None:
    """Skip before anything is installed for nothing."""
    skip_without_erl(tox_env)


@impl
def tox_before_run_commands(tox_env: ToxEnv) -> None:
    """Skip an environment that was installed before: tox then calls no other hook."""
    skip_without_erl(tox_env)


def skip_without_erl(tox_env: ToxEnv) -> None:
    """Raise :class:`Skip` if the environment needs an Erlang that is not here."""
    release = wanted(tox_env.conf.name)
    if release is not None and not erl(release)[0]:
        raise Skip(erl(release)[1])


def wanted(environment: str | None) -> str | None:
    """The OTP release an environment certifies, ``""`` for the machine's own; None if it certifies no OTP."""
    found = re.fullmatch(r"otp(\d*)(-socket)?", environment or "")
    return found[1] if found else None


def erl(release: str) -> tuple[str, str]:
    """The command that runs OTP ``release``; if there is none, an empty one and the reason."""
    if release:
        tool = [sys.executable, str(HERE / "tools/otp-releases"), "--erl", release]
        answer = subprocess.run(tool, capture_output=True, text=True, check=False)
        return answer.stdout.strip(), answer.stderr.strip()
    if shutil.which("erl"):
        return "erl", ""
    return "", "there is no `erl` here: install Erlang/OTP 25 or later (Debian: apt-get install erlang-base)"
