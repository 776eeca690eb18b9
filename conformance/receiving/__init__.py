"""Conformance tests of the chapter *receiving*."""
