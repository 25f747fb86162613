"""What happens without a person: timers, outbox, cleaning up."""
