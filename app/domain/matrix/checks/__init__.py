"""Static checks of an approval matrix: what nobody could approve, what never counts, what hangs on one person; complete, not a sample."""
