"""Receiving, coding and reading documents."""
