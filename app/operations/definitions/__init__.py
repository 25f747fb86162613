"""Checking, deploying and reading process and decision definitions."""
