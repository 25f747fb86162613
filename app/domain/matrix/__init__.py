"""The approval matrix: who must approve a transaction, step by step, and why. Pure; start reading at `resolution.py`."""
