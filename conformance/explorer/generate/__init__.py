"""Where scripts come from: small alphabets, tours of the reference, and chance."""
