"""Findings of the matrix checks as JSON, their examples in the form that resolve takes."""

from typing import Any

from app.domain.matrix.checks.finding import Finding
from app.domain.matrix.snapshot import Transaction

_CODING = ("company", "cost_center", "organisation", "parameter_3", "parameter_4")


def write_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON; `example` holds the transaction, the day and the code of resolve's answer."""
    example = finding.example
    return {
        "code": finding.code,
        "severity": finding.severity,
        "sentence": finding.sentence,
        "remedy": finding.remedy,
        "subject": dict(finding.subject),
        "example": None
        if example is None
        else {"transaction": write_transaction(example.transaction), "on": example.on.isoformat(), "answer": example.answer},
    }


def write_transaction(transaction: Transaction) -> dict[str, Any]:
    """Return a transaction as `read_transaction` reads it."""
    return {
        "currency": transaction.currency,
        "submitter": transaction.submitter,
        "coders": list(transaction.coders),
        "signed": [{"user": signature.user, "step": signature.step.value} for signature in transaction.signed],
        "lines": [{"amount": f"{line.amount:f}", **{name: getattr(line, name) for name in _CODING}} for line in transaction.lines],
    }
