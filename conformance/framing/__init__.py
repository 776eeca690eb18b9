"""Conformance tests of the chapter *framing*."""
