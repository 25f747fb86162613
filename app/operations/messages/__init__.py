"""Messages and signals: from outside, from other instances, to those who wait or to a start event."""
