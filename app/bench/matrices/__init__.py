"""Matrices and transactions made up for the benchmarks; the same seed makes the same ones everywhere."""
