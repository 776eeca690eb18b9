"""Nodes on the BEAM: OTP's own implementations, reached through one Erlang module."""
