from __future__ import annotations

import pytest

from reconciler.core.plan import Estimate
from reconciler.render.measured import beside, is_as_predicted
from reconciler.render.plain import one_line


def predicted(lower_s: float, upper_s: float | None) -> Estimate:
    return Estimate(lower_s=lower_s, upper_s=upper_s, formula="", source="")


@pytest.mark.parametrize(
    ("seconds", "estimate", "text"),
    [
        (15.0, predicted(15, 60), "15.0 s; predicted 15-60 s"),
        (60.0, predicted(15, 60), "60.0 s; predicted 15-60 s"),
        (3.24, predicted(15, 60), "3.2 s; predicted 15-60 s, so shorter than predicted"),
        (270.0, predicted(15, 60), "4.5 min; predicted 15-60 s, so longer than predicted"),
        (90_000.0, predicted(180, None), "25.0 h; predicted 3 min-?"),
        (90_000.0, predicted(0, None), "25.0 h; no bound predicted"),
        (1.0, predicted(0, 0), "1.0 s; predicted none, so longer than predicted"),
    ],
)
def test_a_measurement_stands_beside_its_prediction(
    seconds: float, estimate: Estimate, text: str
) -> None:
    assert beside(seconds, estimate, is_stand_in=False) == text
    assert is_as_predicted(seconds, estimate) == ("so " not in text)


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (predicted(393, 1573), "predicted 6-27 min of Heroku's time"),
        (predicted(1, 60), "predicted 1-60 s of Heroku's time"),
        (predicted(180, None), "predicted 3 min-? of Heroku's time"),
        (predicted(0, None), "no bound predicted"),
        (predicted(0, 0), "predicted none"),
    ],
)
def test_what_a_stand_in_took_says_nothing_of_a_prediction_for_heroku(
    estimate: Estimate, words: str
) -> None:
    assert beside(2.4, estimate, is_stand_in=True) == f"2.4 s; {words}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a plain é 日本 line", "a plain é 日本 line"),
        ("two\r\nlines\tand a tab", "two  lines and a tab"),
        ("\x1b[2Jgone\x07\x9b31m", "�[2Jgone��31m"),
        ("back\u202ewards \u200bnothing\u2028line", "back�wards �nothing line"),
        ("half \ud800 pair", "half � pair"),
    ],
)
def test_nothing_that_a_terminal_would_obey_is_left(text: str, shown: str) -> None:
    assert one_line(text) == shown
