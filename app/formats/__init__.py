"""Files from outside become checked values: UBL and JSON documents, decision models, diagrams, matrix cases and scenarios.

Nothing here reads a clock, the environment, a database or the network.
"""
