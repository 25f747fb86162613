"""The organisation chart: reading it, and linking and unlinking cost centers."""
