"""Asking the approval matrix."""
