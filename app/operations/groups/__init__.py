"""Groups of users, to whom tasks are assigned together."""
