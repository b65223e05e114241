"""Are two ID numbers one number, written or typed differently?

The check digit (ISO 7064 MOD 11-2) catches every single mistyped digit and every swap of two neighbours. So two whole
18-digit numbers that both pass it are never one such mistake apart: one of the two fails. The exception is a number
that came as 15 digits: it had no check digit, was given the right one for whatever was typed, and passes. Therefore
the first seventeen digits are compared on their own as well.
"""

from __future__ import annotations

from common.idcard import IdProblem, check_digit, parse_id

BODY = 17


def whole(number: str) -> str | None:
    """The 18-digit form of a number that passes its check digit; None for a blank or failing one."""
    try:
        parsed = parse_id(number)
    except IdProblem:
        return None
    return parsed.number if parsed else None


def was_15(number: str) -> bool:
    return len(number.strip()) == 15


def one_slip(first: str, second: str) -> bool:
    """Equal length, and one sign differs or two neighbours are swapped."""
    if len(first) != len(second):
        return False
    places = [place for place, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    if len(places) == 1:
        return True
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    left, right = places
    return first[left] == second[right] and first[right] == second[left]


def close(first: str, second: str) -> bool:
    """One slip apart; of two passing numbers the first seventeen digits decide, for their last follows from these."""
    one, two = whole(first), whole(second)
    if one and two:
        return one_slip(one[:BODY], two[:BODY])
    return one_slip(one or tidy(first), two or tidy(second))


def tidy(number: str) -> str:
    """A failing number as 18 signs where it has 15 digits, for comparing."""
    text = number.strip().upper()
    if len(text) == 15 and text.isdigit():
        body = f"{text[:6]}19{text[6:]}"
        return body + check_digit(body)
    return text


def neighbours(number: str) -> set[str]:
    """All passing numbers one slip away from a failing 18-sign number: at most one for each digit and each swap."""
    text = tidy(number)
    if len(text) != 18 or not (text[:BODY].isascii() and text[:BODY].isdigit()):
        return set()
    found = {text[:BODY] + check_digit(text[:BODY])}
    for place in range(BODY):
        for digit in "0123456789":
            body = text[:place] + digit + text[place + 1 : BODY]
            if digit != text[place] and check_digit(body) == text[BODY]:
                found.add(body + text[BODY])
    for place in range(BODY):
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        if swapped[:BODY].isdigit() and check_digit(swapped[:BODY]) == swapped[BODY]:
            found.add(swapped)
    found.discard(text)
    return {candidate for candidate in found if whole(candidate) == candidate}


def slip_keys(number: str) -> set[str]:
    """Two failing numbers one slip apart share one of these."""
    text = tidy(number)
    keys = {f"{text[:i]}?{text[i + 1 :]}" for i in range(len(text))}
    for i in range(len(text) - 1):
        keys.add(text[:i] + "<" + "".join(sorted(text[i : i + 2])) + ">" + text[i + 2 :])
    return keys
