"""Chapter *Opening*."""
