"""The TCP driver: one socket's life and modes, its options and framings."""
