"""Drafts of the approval matrix and the versions they become: four eyes on every change."""
