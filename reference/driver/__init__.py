"""The TCP driver: one socket's states and modes, its options and framings."""
