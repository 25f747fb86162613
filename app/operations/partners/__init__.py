"""Partnerships: who another environment is to ours, and how its people act here on what is delegated to them."""
