"""A new password, by the link of a mail or by who is signed in."""

from typing import Any

from app.domain.access import password_faults, signs_in_with
from app.domain.access_errors import LinkUnknown
from app.domain.audit import AuditEntry
from app.domain.errors import InvalidRequest, NotSignedIn
from app.operations.answer import Answer, Caller
from app.operations.environment_story import tell_environment
from app.operations.mailing import write_letter
from app.operations.people.attempts import LINKS, check_address
from app.operations.people.links import PASSWORD_KINDS, find_link, use_link
from app.operations.people.request_password_reset import may_have_password
from app.operations.people.sign_in import REFUSED, sign_in
from app.operations.system import System
from app.operations.wording import instant
from app.persistence import access, people
from app.persistence.database import Reading, UnitOfWork


def read_password_link(system: System, secret: str, *, address: str | None = None) -> Answer:
    """Return whose password a link sets. Reading it changes nothing.

    Raises:
        LinkUnknown, LinkUsed, LinkExpired: it sets none, and why.
        TooManyAttempts: too many links were tried from this address.
    """
    check_address(system, LINKS, address)
    with system.database.read() as reading:
        link, user = _find(system, reading, secret)
    return Answer(body={"kind": link.kind, "username": user.username, "full_name": user.full_name, "expires_at": instant(link.expires_at)})


def set_password(system: System, secret: str, password: str, *, address: str | None = None) -> Answer:
    """Set the password of whose link it is: the account is unlocked, every session of it ends, and so do its other links.

    Raises:
        LinkUnknown, LinkUsed, LinkExpired: the link sets none, and why.
        InvalidRequest: the password is too short, or guessed at once.
        TooManyAttempts: too many links were tried from this address.
    Source: USR-21, USR-35.
    """
    check_address(system, LINKS, address)
    with system.database.read() as reading:
        _, user = _find(system, reading, secret)
    _check_new(user, password, field="password")
    hashed = system.passwords.hash(password)
    with system.database.write() as work:
        link, user = _find(system, work, secret)
        use_link(work, link, now=system.clock())
        _store(system, work, user, hashed, how=f"by the link of a mail ({link.kind})")
        work.commit()
    return Answer(body={"username": user.username, "full_name": user.full_name})


def change_password(system: System, caller: Caller, *, old: str, new: str, address: str | None = None) -> Answer:
    """Change the caller's own password; every session of his ends, on this device too.

    Raises:
        NotSignedIn: the old password is not his; wrong ones count as failed attempts to sign in.
        InvalidRequest: the new password is too short, or guessed at once.
        TooManyAttempts: too many attempts came from this address.
    """
    with system.database.read() as reading:
        user = access.find_user(reading, caller.user_id)
    if user is None or not user.password_hash or not may_have_password(user):
        raise NotSignedIn("You have no password here to change: you sign in in another way, or have not set one yet.")
    _check_new(user, new, field="new")
    login = user.username if signs_in_with(user.login_type, "username") else user.email
    if sign_in(system, login, old, address=address).user_id != user.id:
        raise NotSignedIn(REFUSED)
    hashed = system.passwords.hash(new)
    with system.database.write() as work:
        _store(system, work, user, hashed, how="in the profile")
        work.commit()
    return Answer(body={"username": user.username, "full_name": user.full_name})


def _find(system: System, reading: Reading, secret: str) -> tuple[Any, Any]:
    """Return the link and the row of its user, who must be active and sign in with a password."""
    link = find_link(reading, secret, kinds=PASSWORD_KINDS, now=system.clock())
    user = access.find_user(reading, link.user_id)
    if user is None or not user.active or not may_have_password(user):
        raise LinkUnknown
    return link, user


def _check_new(user: Any, password: str, *, field: str) -> None:
    faults = password_faults(password, username=user.username, email=user.email)
    if faults:
        raise InvalidRequest(" ".join(faults), errors={field: faults})


def _store(system: System, work: UnitOfWork, user: Any, hashed: str, *, how: str) -> None:
    """Store the hash, unlock the account, end sessions and links, tell the owner and the audit chain."""
    now = system.clock()
    people.update_user(work, user.id, password_hash=hashed, failed_logins=0, locked_at=None)
    access.end_sessions(work, user.id)
    access.end_links(work, user.id, kinds=PASSWORD_KINDS, at=now)
    write_letter(
        system,
        work,
        environment_id=user.environment_id,
        person=user,
        template="password_changed",
        facts={},
        path="/login",
        key=f"password_changed:{user.id}:{system.new_id()}",
    )
    text = f"{user.full_name} set a new password {how}."
    entry = AuditEntry(at=now, kind="password_set", text=text, actor=user.username, facts={"user": user.username})
    tell_environment(system, work, user.environment_id, entry)
