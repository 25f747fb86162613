"""Business calendars: working hours and days off of companies, by which deadlines are counted."""
