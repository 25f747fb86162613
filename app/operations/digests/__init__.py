"""One mail a day about everything that waits, for those who ask for it."""
