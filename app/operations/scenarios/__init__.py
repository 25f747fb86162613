"""Scenarios of analysts, played against the real operations."""
