"""Conformance tests of the chapter *system_monitor*."""
