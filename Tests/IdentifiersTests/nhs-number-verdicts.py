"""What the package nhs-number says of ten-digit numbers, one a line: the number, + or - for its verdict, and a letter
for its range: E England, Wales and the Isle of Man, S Scotland, N Northern Ireland, T for tests, I Ireland, R reserved,
U unallocated or none.

Takes how many and a seed. A quarter are any ten digits; the others are drawn so that the rules decide: with their check
digit, with a day at the front, with one digit changed.
"""

import random
import sys

from nhs_number import NhsNumber, REGIONS, calculate_checksum

LETTERS = {
    "ENGLAND_WALES_IOM": "E", "SCOTLAND": "S", "NORTHERN_IRELAND": "N", "SYNTHETIC": "T", "EIRE": "I",
    "RESERVED": "R", "UNALLOCATED": "U",
}  # fmt: skip
NAMES = {id(region): LETTERS[name] for name, region in REGIONS.items()}


def draw(dice):
    kind = dice.randrange(8)
    if kind < 2:
        return f"{dice.randrange(10**10):010}"
    if kind < 4:
        stem = f"{dice.randrange(10**9):09}"
    elif kind < 6:
        stem = f"{dice.randrange(1, 33):02}{dice.randrange(1, 14):02}{dice.randrange(100):02}{dice.randrange(1000):03}"
    else:
        stem = f"{dice.choice('33456789')}{dice.randrange(10**8):08}"
    check = calculate_checksum(stem)
    if kind == 5:
        doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(stem)]
        check = -sum(value - 9 if value > 9 else value for value in doubled) % 10
    number = stem + str(check if check < 10 else dice.randrange(10))
    if kind == 7:
        place = dice.randrange(10)
        number = number[:place] + str(dice.randrange(10)) + number[place + 1 :]
    return number


def main(count, seed):
    dice = random.Random(seed)
    for _ in range(count):
        details = NhsNumber(draw(dice))
        letter = NAMES[id(details.region)] if details.region else "U"
        print(details.standardised, "+" if details.valid else "-", letter)


main(int(sys.argv[1]), int(sys.argv[2]))
