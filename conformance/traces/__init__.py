"""Traces: what the kit and a node said to each other, recorded, read, told in words, played back, exported."""
