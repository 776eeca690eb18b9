"""Conformance tests of the chapter *sending*."""
