"""The demo: a small group of companies with its people, matrix and processes, and an invoice to try."""

from pathlib import Path

from app.demo.fixture import LOGINS, PASSWORD

INVOICE = Path(__file__).parent / "invoice.xml"

__all__ = ["INVOICE", "LOGINS", "PASSWORD"]
