"""Background work: RQ functions of a few lines that take ids, the ticker that hands out what is due, and the worker."""
