"""The inbox and every verb of an approver."""
