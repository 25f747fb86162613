"""The addresses of the pages, by area."""
