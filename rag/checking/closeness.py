"""When two numbers are one value: rounded, converted, or told in another unit. Pure."""

from __future__ import annotations

from decimal import Decimal

# Seconds of a day, and days of a month and a year as they are told.
_DAY, _MONTH, _YEAR = 86400, 30, 365


def close(mine: Decimal, theirs: Decimal) -> bool:
    """Equal but for rounding in a conversion (1 in 10,000), which leaves a fraction: two whole numbers differ or do not."""
    if mine == mine.to_integral_value() and theirs == theirs.to_integral_value():
        return False
    return abs(mine - theirs) <= max(abs(mine), abs(theirs)) * Decimal("0.0001")


def rounds_to(exact: Decimal, rounded: Decimal) -> bool:
    """Whether a value may be told as about `rounded`: within half of the last digit that is not zero, and within a tenth."""
    away = abs(exact - rounded)
    if away > abs(rounded) / 10:
        return False
    last = rounded.normalize().as_tuple().exponent
    return isinstance(last, int) and away <= Decimal(5).scaleb(last - 1)


def days_are_months(seconds: Decimal, months: Decimal) -> bool:
    """Whether a number of days is that of whole months of 30, or of years of 365: "90 days" and "three months"."""
    return months >= 1 and seconds * 12 in (12 * _MONTH * _DAY * months, _YEAR * _DAY * months)
