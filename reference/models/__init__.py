"""Models of known implementations: the reference with their faults."""
