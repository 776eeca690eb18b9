"""What the reference, or a model of an implementation, lets follow from each step of a script."""
