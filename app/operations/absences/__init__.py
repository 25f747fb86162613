"""Absences, backups and who stands in for whom."""
