"""Conformance tests of the chapter *ownership*."""
