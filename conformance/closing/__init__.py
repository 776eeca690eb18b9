"""Conformance tests of the chapter *closing*."""
