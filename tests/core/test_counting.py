from __future__ import annotations

import pytest

from reconciler.core.counting import gigabytes


@pytest.mark.parametrize(
    ("size_gb", "told"),
    [
        (0, "0 GB"),
        (0.001, "less than 0.01 GB"),
        (0.390625, "0.39 GB"),
        (6.25, "6.25 GB"),
        (64.0, "64 GB"),
    ],
)
def test_an_amount_of_data_has_one_form(size_gb: float, told: str) -> None:
    assert gigabytes(size_gb) == told
