"""Nodes on the BEAM: OTP's own implementations, reached through one Erlang module."""

from __future__ import annotations

from gen_tck.adapters.beam.kept import KeptModule, kept_module
from gen_tck.adapters.beam.otp import StartedVm, open_otp

__all__ = ["KeptModule", "StartedVm", "kept_module", "open_otp"]
