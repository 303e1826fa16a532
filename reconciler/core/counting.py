"""Numbers of things, in words."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """`1 database`, `2,000 databases`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def gigabytes(size_gb: float) -> str:
    """`6.25 GB`, `0.4 GB`, `64 GB`: to the hundredth."""
    shown = f"{size_gb:.2f}".rstrip("0").rstrip(".")
    return "less than 0.01 GB" if shown == "0" and size_gb else f"{shown} GB"
