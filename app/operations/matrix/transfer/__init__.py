"""The mandates of the matrix as a CSV file, out and in."""
