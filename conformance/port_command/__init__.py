"""Conformance tests of the chapter *port_command*."""
