"""What a difference is: judged, made small, held against what is known, kept."""
