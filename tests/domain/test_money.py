from decimal import Context, Decimal, localcontext
from random import Random

import pytest

from app.domain.money import Money, allocate, amount_text, minor_digits, parse_amount, round_to_minor

LONG = "999999999999999999.999999999999999999"
"""36 digits, the longest amount there is."""


def eur(text):
    return Money(Decimal(text), "EUR")


def test_sums_and_differences_keep_every_digit():
    total = eur(LONG) + eur(LONG)

    assert total == eur("1999999999999999999.999999999999999998")
    assert total - eur(LONG) == eur(LONG)
    assert eur(LONG) - eur("0.000000000000000001") == eur("999999999999999999.999999999999999998")


def test_signs_keep_every_digit():
    assert -eur(LONG) == eur("-" + LONG)
    assert abs(-eur(LONG)) == eur(LONG)
    assert -eur("0") == eur("0")


def test_context_of_the_caller_changes_nothing():
    with localcontext(Context(prec=3)):
        assert (eur("123456.78") + eur("0.01")).to_json() == {"amount": "123456.79", "currency": "EUR"}
        assert round_to_minor(Decimal("123456.785"), "EUR") == Decimal("123456.79")
        assert allocate(Decimal("123456.78"), [Decimal(1), Decimal(1)], "EUR") == [Decimal("61728.39")] * 2


def test_amounts_are_compared_exactly():
    longer = eur(LONG) + eur("0.000000000000000001")

    assert eur(LONG) < longer <= eur("1000000000000000000")
    assert longer > eur(LONG)
    assert longer >= eur("1000000000000000000")


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        (LONG, "EUR", "1000000000000000000.00"),
        ("999999999999999999.994999999999999999", "EUR", "999999999999999999.99"),
        ("-0.005", "EUR", "-0.01"),
        ("0.5", "JPY", "1"),
        ("0.0005", "KWD", "0.001"),
    ],
)
def test_rounding_is_half_up_whatever_the_length(amount, currency, rounded):
    assert str(round_to_minor(Decimal(amount), currency)) == rounded


def test_minor_digits_only_is_told_of_long_amounts():
    assert eur("999999999999999999.99").has_minor_digits_only
    assert not eur(LONG).has_minor_digits_only


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(LONG, "EUR", LONG), ("1250", "EUR", "1250.00"), ("7", "JPY", "7"), ("1.230", "EUR", "1.23"), ("-0.1", "KWD", "-0.100")],
)
def test_amount_is_written_with_all_its_digits(amount, currency, text):
    assert amount_text(Decimal(amount), currency) == text


def test_shares_add_up_exactly_and_follow_their_weights():
    for seed in range(300):
        random = Random(seed)
        digits = random.randint(1, 36)
        amount = Decimal(random.randrange(10**digits)).scaleb(-random.randint(0, 18), context=Context(prec=50))
        amount = amount if random.random() < 0.7 else amount.copy_negate()
        weights = [Decimal(random.randint(-(10**18), 10**18)) for _ in range(random.randint(1, 7))]

        shares = allocate(amount, weights, "EUR")

        exact = Context(prec=100)
        total = Decimal(0)
        for share in shares:
            total = exact.add(total, share)
        assert total == amount, f"seed {seed}"
        assert all(share.is_zero() or (share < 0) == (amount < 0) for share in shares), f"seed {seed}"


def test_weights_that_add_up_to_nothing_share_equally():
    assert allocate(Decimal("0.03"), [Decimal(0), Decimal(0)], "EUR") == [Decimal("0.02"), Decimal("0.01")]
    with pytest.raises(ValueError, match="at least one line"):
        allocate(Decimal(1), [], "EUR")


@pytest.mark.parametrize("text", ["1e3", "1,5", " 1", "1.", ".5", "+1", "NaN", "Infinity", "1" * 19, "0." + "1" * 19, "١", 1, None])
def test_text_that_is_no_plain_amount_is_refused(text):
    with pytest.raises(ValueError, match="decimal string"):
        parse_amount(text)


def test_longest_amount_is_read_whole():
    assert str(parse_amount(LONG)) == LONG
    assert minor_digits("EUR") == 2


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), 1, "1"])
def test_money_is_a_finite_decimal(amount):
    with pytest.raises(ValueError, match="finite decimal"):
        Money(amount, "EUR")


def test_two_currencies_are_never_combined():
    with pytest.raises(ValueError, match="two currencies"):
        eur("1") + Money(Decimal(1), "USD")
    with pytest.raises(ValueError, match="three capitals"):
        Money(Decimal(1), "euro")


def test_an_amount_is_written_as_plain_digits_whatever_its_exponent():
    random = Random(7)
    for _ in range(2000):
        amount = Decimal((random.randint(0, 1), tuple(map(int, str(random.randint(0, 10**12)))), random.randint(-18, 6)))
        whole, _, decimals = f"{amount:f}".partition(".")

        text = amount_text(amount, "EUR")

        assert text == f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
