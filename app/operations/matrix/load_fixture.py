"""Loading a whole environment from plain data: the demo, and the tests' fixture."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import ModuleType
from typing import Any

from app.domain.users import folded_of
from app.operations.system import System
from app.persistence import people
from app.persistence.database import UnitOfWork
from app.persistence.partners import ACTIVE, live_key
from app.persistence.tables import matrix as matrix_tables
from app.persistence.tables import people as people_tables
from app.persistence.tables.partners import partnership

UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """Companies, people, chart, rules and mandates as plain data; names are keys."""

    password: str
    environments: list[dict[str, Any]]
    companies: list[dict[str, Any]]
    organisations: list[dict[str, Any]]
    rates: list[dict[str, Any]]
    people: list[dict[str, Any]]
    partners: list[dict[str, Any]]
    cost_centers: list[tuple[str, str | None]]
    approval_type: dict[str, Any]
    rules: dict[str, tuple[str, list[tuple[str, str, str]]]]
    mandates: list[dict[str, Any]]

    @classmethod
    def of(cls, module: ModuleType) -> "Fixture":
        """Return the fixture that a module of constants writes down."""
        return cls(**{name: getattr(module, name.upper()) for name in cls.__dataclass_fields__})


def load_fixture(system: System, fixture: Fixture) -> bool:
    """Store the environments of the fixture, all or nothing, and return whether they were new."""
    with system.database.write() as work:
        if people.list_environments(work):
            return False
        for number, environment in enumerate(fixture.environments, start=1):
            _insert(system, work, people_tables.environment, [environment | {"id": number, "authority_version": 1, "matrix_version": 1}])
        hashed = system.passwords.hash(fixture.password)
        ids = _load_people(system, work, 1, fixture.people, hashed)
        partner_ids = _load_people(system, work, 2, fixture.partners, hashed)
        _load_partnership(system, work, invited_by=ids["adm"], accepted_by=partner_ids["kim"])
        companies = [each | {"environment_id": 1} for each in fixture.companies]
        organisations = [each | {"environment_id": 1} for each in fixture.organisations]
        _insert(system, work, people_tables.company, companies)
        _insert(system, work, people_tables.organisation, organisations)
        _load_matrix(system, work, fixture, ids)
        work.commit()
    return True


def _insert(system: System, work: UnitOfWork, table: Any, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    now = system.clock()
    full: list[dict[str, Any]] = [{"id": system.new_id(), "created_at": now, **row} for row in rows]
    work.insert(table, full)
    return [row["id"] for row in full]


def _load_people(system: System, work: UnitOfWork, environment_id: int, given: list[dict[str, Any]], hashed: str) -> dict[str, str]:
    ids = {each["username"]: system.new_id() for each in given}
    rows = [
        {
            "id": ids[each["username"]],
            "environment_id": environment_id,
            "username": each["username"],
            "full_name": each["full_name"],
            "email": f"{each['username']}@example.com",
            "kind": each.get("kind", "full"),
            "active": each.get("active", True),
            "function": each.get("function"),
            "manager_id": None,
            "successor_id": None,
            "backup_active": False,
            "notify_new_task": each.get("notify_new_task", False),
            "password_hash": hashed if each.get("kind", "full") != "none" else None,
            "failed_logins": 0,
            "security_level": each.get("security_level", 0),
            **{name: each.get(name) for name in ("company", "cost_center", "phone", "language")},
            **_name_parts(each),
        }
        for each in given
    ]
    _insert(system, work, people_tables.user, rows)
    for each in given:
        links = {f"{link}_id": ids[each[link]] for link in ("manager", "successor") if link in each}
        if links:
            people.update_user(work, ids[each["username"]], **links)
    roles = [
        {"user_id": ids[each["username"]], "role": role, "environment_id": environment_id}
        for each in given
        for role in each.get("roles", ())
    ]
    work.insert(people_tables.user_role, roles)
    return ids


def _name_parts(person: dict[str, Any]) -> dict[str, str | None]:
    """Return the parts of a person's name, and what searches look at."""
    first, _, last = person["full_name"].rpartition(" ")
    folded = folded_of(person["full_name"], person["username"], f"{person['username']}@example.com")
    return {"first_name": first or None, "last_name": last, "folded": folded}


def _load_partnership(system: System, work: UnitOfWork, *, invited_by: str, accepted_by: str) -> None:
    """Make the two environments partners."""
    row = {"environment_id": 1, "partner_id": 2, "status": ACTIVE, "live_key": live_key(1, 2)}
    people_of = {"invited_by": invited_by, "accepted_by": accepted_by, "accepted_at": system.clock()}
    _insert(system, work, partnership, [row | people_of])


def _load_matrix(system: System, work: UnitOfWork, fixture: Fixture, user_ids: dict[str, str]) -> None:
    tables = matrix_tables
    own: dict[str, Any] = {"environment_id": 1}
    above = {parent for _, parent in fixture.cost_centers}
    centers = [
        own | {"company": None, "key": key, "name": key, "parent": parent, "status": "active", "is_root": parent is None and key in above}
        for key, parent in fixture.cost_centers
    ]
    _insert(system, work, tables.cost_center, centers)
    _insert(system, work, tables.exchange_rate, [own | rate for rate in fixture.rates])
    (type_id,) = _insert(system, work, tables.approval_type, [own | fixture.approval_type])
    rules = [own | {"approval_type_id": type_id, "key": key, "description": text} for key, (text, _) in fixture.rules.items()]
    rule_ids = dict(zip(fixture.rules, _insert(system, work, tables.approval_rule, rules), strict=True))
    limits = [
        own
        | {
            "rule_id": rule_ids[key],
            "company": company,
            "currency": currency,
            "amount": None if limit == UNLIMITED else Decimal(limit),
            "unlimited": limit == UNLIMITED,
        }
        for key, (_, lines) in fixture.rules.items()
        for company, currency, limit in lines
    ]
    _insert(system, work, tables.rule_limit, limits)
    for each in fixture.mandates:
        legal = own | {"user_id": user_ids[each["user"]], "rule_id": rule_ids[each["rule"]], "status": "active"}
        legal |= {"responsible_id": user_ids["frank"], "starts_on": each.get("starts_on"), "ends_on": each.get("ends_on")}
        (mandate_id,) = _insert(system, work, tables.mandate, [legal])
        coding = {name: each.get(name) for name in ("company", "cost_center", "organisation", "parameter_3", "parameter_4")}
        _insert(system, work, tables.financial_mandate, [own | coding | {"mandate_id": mandate_id, "steps": each["steps"]}])
    digest = hashlib.sha256(json.dumps([fixture.rules, fixture.mandates], default=str).encode()).hexdigest()
    version = own | {"version": 1, "digest": digest, "activated_at": system.clock(), "activated_by": None}
    _insert(system, work, tables.matrix_version, [version])
