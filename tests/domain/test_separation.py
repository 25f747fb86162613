import pytest

from app.domain.errors import SeparationOfDuty
from app.domain.separation import Role, check_separation, find_other_role

ROLES = (Role(user="marc", step="first_line"), Role(user="claire", step="second_line"))


@pytest.mark.parametrize(
    ("actor", "principal", "step"),
    [
        ("marc", "marc", "first_line"),
        ("donald", "donald", "second_line"),
        ("ann", "marc", "first_line"),
        ("claire", "claire", "second_line"),
    ],
)
def test_same_step_and_new_people_are_allowed(actor, principal, step):
    """MXR-01, MXR-02."""
    check_separation(ROLES, actor=actor, principal=principal, step=step)


@pytest.mark.parametrize(
    ("actor", "principal", "step", "person", "other"),
    [
        ("marc", "marc", "second_line", "marc", "first line"),
        ("claire", "marc", "first_line", "claire", "second line"),
        ("donald", "marc", "first_overall", "marc", "first line"),
    ],
)
def test_actor_and_principal_alike_play_one_step(actor, principal, step, person, other):
    """MXR-08: claire, second line here, cannot act for marc on this invoice."""
    with pytest.raises(SeparationOfDuty, match=f"{person} already plays {other}") as caught:
        check_separation(iter(ROLES), actor=actor, principal=principal, step=step)

    assert caught.value.facts["user"] == person


def test_submitter_and_coder_sign_nothing():
    """MXR-05."""
    with pytest.raises(SeparationOfDuty, match="Eva already plays submitter or coder"):
        check_separation((), actor="eva", principal="marc", step="first_line", excluded={"eva"}, names={"eva": "Eva"})


def test_other_role_is_found():
    assert find_other_role(ROLES, person="marc", step="first_line") is None
    assert find_other_role(ROLES, person="marc", step="first_overall") == "first_line"
