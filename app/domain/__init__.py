"""The rules of approval, pure: no clock, no database, no network, standard library only."""
