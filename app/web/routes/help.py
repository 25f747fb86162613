"""Help: all keys, for browsers without JavaScript and for everybody who likes a page more than a dialog."""

from __future__ import annotations

from flask import Blueprint

from app.web.context import render_part


def add_help_routes(blueprint: Blueprint) -> None:
    """Add the help page."""
    blueprint.add_url_rule("/help", "keys", show_keys)


def show_keys() -> str:
    """Show what every key does."""
    return render_part("shell/keys.html", area="help")
