"""The tests, the run and the verdicts."""
