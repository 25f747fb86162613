"""Every construct of BPMN that runs, as a small model with the trace that the standard gives it."""
