"""What the approval matrix is made of: approval type, rules, mandates, people, chart, rates; and the transaction it is asked about."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from app.domain.matrix.steps import Step
from app.domain.money import EXACT

Aggregate = Literal["line", "coding", "approver"]
ApproverLimit = Literal["lowest_sufficient", "chain"]
ChartScope = Literal["all", "company"]
PersonKind = Literal["full", "portal", "none"]
LINES_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalType:
    """The settings of one kind of transaction; amounts are in `currency` and inclusive: only a higher total forces a step.

    `priority` orders the parameters 2 (organisation), 3 and 4. `amount_basis` says whether lines count without tax or with it;
    `rate_on` which day's exchange rates count: the document's own date or the day of resolution.
    """

    check_amount: Decimal | None = None
    check_amount_additional: Decimal | None = None
    threshold_1: Decimal | None = None
    threshold_2: Decimal | None = None
    currency: str = "EUR"
    link_cost_center_required: bool = False
    priority: tuple[int, int, int] = (2, 3, 4)
    secretary: bool = False
    second_line: bool = True
    first_overall: bool = True
    second_overall: bool = True
    chart_scope: ChartScope = "all"
    exclude_submitter: bool = True
    aggregate: Aggregate = "line"
    approver_limit: ApproverLimit = "lowest_sufficient"
    secretary_optional: bool = False
    amount_basis: Literal["net", "gross"] = "net"
    rate_on: Literal["document", "resolution"] = "document"
    parameter_3_label: str = "parameter 3"
    parameter_4_label: str = "parameter 4"

    def is_active(self, step: Step) -> bool:
        """Whether the step is switched on; first line always is."""
        return step is Step.FIRST_LINE or bool(getattr(self, step.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRuleLimit:
    """One line of an approval rule: up to which amount it reaches for a company (None: any) in a currency; a limit of None is unlimited."""

    rule: str
    company: str | None = None
    currency: str
    limit: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRow:
    """A legal mandate (user to rule) with one of its financial mandates (steps, coding parameters); None means any value.

    Both days are inclusive. `expired` rows are kept for the record and never count.
    """

    id: str
    user: str
    rule: str
    steps: frozenset[Step]
    company: str | None = None
    cost_center: str | None = None
    organisation: str | None = None
    parameter_3: str | None = None
    parameter_4: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user as the matrix sees him: `id` is the user name; who is not active and full is replaced by his successor."""

    id: str
    full_name: str = ""
    active: bool = True
    kind: PersonKind = "full"
    successor: str | None = None

    @property
    def name(self) -> str:
        """Return the full name, or the user name where none is known."""
        return self.full_name or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartNode:
    """A cost center's place in the organisation chart of one company (None: the chart for all); without a parent it is a root or unlinked."""

    cost_center: str
    parent: str | None = None
    company: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """One unit of `source` is `rate` units of `target`, from `valid_on` (None: always) until a newer rate."""

    source: str
    target: str
    rate: Decimal
    valid_on: date | None = None


class Line(NamedTuple):
    """One coded line of a transaction; the amount is in the transaction's currency, negative for a credit.

    `tax_percent` is the rate of tax that `amount` is still without, None when there is none, or the document does not tell.
    """

    amount: Decimal
    company: str | None = None
    cost_center: str | None = None
    organisation: str | None = None
    parameter_3: str | None = None
    parameter_4: str | None = None
    tax_percent: Decimal | None = None

    @property
    def amount_with_tax(self) -> Decimal:
        """Return the amount with its tax, exact."""
        if self.tax_percent is None:
            return self.amount
        return EXACT.multiply(self.amount, EXACT.add(self.tax_percent, 100)).scaleb(-2, context=EXACT)

    @property
    def coding(self) -> tuple[str | None, ...]:
        """Return what lines of one group have in common."""
        return (self.company, self.cost_center, self.organisation, self.parameter_3, self.parameter_4)


class Signature(NamedTuple):
    """A signature that stands: this person, actor or principal, plays this step in the transaction and no other."""

    user: str
    step: Step


class Transaction(NamedTuple):
    """What is to be approved: 1..LINES_MAX lines in one currency, who submitted and coded it, and who signed already."""

    currency: str
    lines: tuple[Line, ...]
    submitter: str | None = None
    coders: tuple[str, ...] = ()
    signed: tuple[Signature, ...] = ()
    issued_on: date | None = None


def on_basis(transaction: Transaction, approval_type: ApprovalType) -> Transaction:
    """Return the transaction with the amounts that the approval type looks at: as they are, or with tax. Source: MXS-11."""
    if approval_type.amount_basis == "net" or all(line.tax_percent is None for line in transaction.lines):
        return transaction
    return transaction._replace(lines=tuple(line._replace(amount=line.amount_with_tax, tax_percent=None) for line in transaction.lines))
