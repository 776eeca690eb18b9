"""What the tests of the chapters are written with: processes and peers, expectations, marks."""
