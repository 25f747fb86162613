"""The process tree: what `countersign up` starts, keeps alive and stops in order."""
