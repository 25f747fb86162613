"""Editing the approval matrix: every change goes into the caller's draft."""
