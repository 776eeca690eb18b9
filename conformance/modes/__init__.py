"""Conformance tests of the chapter *modes*."""
