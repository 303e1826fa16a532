from __future__ import annotations

import re
from pathlib import Path

from reconciler.core.rules import RULES
from reconciler.render.rules import rule_text, rules_page, rules_text

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_documentation_page_is_made_from_the_rules_of_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page(RULES)


def test_every_rule_is_listed_once_and_fits_the_width() -> None:
    lines = rules_text(RULES, width=80).splitlines()

    assert [line.split()[0] for line in lines if line.startswith("R")] == [one.id for one in RULES]
    assert max(map(len, lines)) <= 80


def test_every_rule_has_an_id_of_its_own_a_sentence_and_a_source() -> None:
    assert len({one.id for one in RULES}) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"R\d{3}", rule.id)
        assert rule.sentence
        assert not rule.sentence.endswith(".")
        assert rule.source
        assert rule.ways


def test_one_rule_is_shown_with_everything_known_of_it() -> None:
    rule = RULES[0]

    text = " ".join(rule_text(rule, width=100).split())

    assert text.startswith(f"{rule.id}: {rule.sentence}.")
    assert f"Source: {rule.source}" in text
    assert "Confidence: " in text
