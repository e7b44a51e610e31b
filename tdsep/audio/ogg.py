"""Ogg files of the same bytes every time: libsndfile gives each a random serial number."""

from __future__ import annotations

from functools import cache
from typing import BinaryIO

#: Of the checksum of a page, RFC 3533: x^32 + x^26 + x^23 + ... + 1.
_POLYNOMIAL = 0x104C11DB7
#: Where in a page its serial number, its checksum and the number of its segments stand.
_SERIAL, _CHECKSUM, _SEGMENTS = 14, 22, 26


def forget_serial(file: BinaryIO) -> None:
    """Give the one stream of an Ogg file the number 0, in every page, and mend the checksums.

    A checksum is linear: what a change of the serial number makes of it depends on nothing but how
    many bytes follow. So the sound itself need not be read.
    """
    start = 0
    while True:
        file.seek(start)
        head = file.read(_SEGMENTS + 1)
        if len(head) <= _SEGMENTS or head[:4] != b"OggS":
            return
        segments = file.read(head[_SEGMENTS])
        length = len(head) + len(segments) + sum(segments)
        serial = int.from_bytes(head[_SERIAL : _SERIAL + 4])
        checksum = int.from_bytes(head[_CHECKSUM : _CHECKSUM + 4], "little")
        checksum ^= _product(serial, _power_of_x(8 * (length - _SERIAL)))
        file.seek(start + _SERIAL)
        file.write(bytes(4))
        file.seek(start + _CHECKSUM)
        file.write(checksum.to_bytes(4, "little"))
        start += length


@cache
def _power_of_x(exponent: int) -> int:
    """x^exponent modulo the polynomial."""
    if exponent == 0:
        return 1
    half = _power_of_x(exponent // 2)
    square = _product(half, half)
    return _product(square, 2) if exponent % 2 else square


def _product(a: int, b: int) -> int:
    """Product of two polynomials over GF(2), modulo the polynomial."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a >> 32:
            a ^= _POLYNOMIAL
        b >>= 1
    return product
