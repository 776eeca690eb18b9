"""Conformance tests of the chapter *async_recv*."""
