"""What the ledger makes of acknowledgements, without any database."""

from __future__ import annotations

import itertools

from reconciler.simulator.dynos.ledger import Gap, Ledger, gaps, ranges


def ledger_at(*moments):
    """A ledger whose stopwatch shows these moments, one at each look."""
    return Ledger(itertools.chain(moments, itertools.repeat(moments[-1])).__next__)


def test_a_gap_is_told_with_its_rows_and_its_begin():
    ledger = ledger_at(10.0, 10.1, 13.6, 13.7)
    for number in (1, 2, 3, 4):
        ledger.acknowledge("shop", "web.1", number)

    assert gaps(ledger.page("shop"), least=1.0) == (Gap(2, 3, 10.1 - 10.0, 13.6 - 10.1),)


def test_an_outage_that_lasts_is_a_gap_without_an_end():
    ledger = ledger_at(10.0, 15.0)
    ledger.acknowledge("shop", "web.1", 1)

    assert gaps(ledger.page("shop"), least=1.0) == (Gap(1, None, 0.0, 5.0),)


def test_shorter_than_asked_is_no_gap():
    ledger = ledger_at(1.0, 1.5, 2.0)
    for number in (1, 2, 3):
        ledger.acknowledge("shop", "web.1", number)

    assert gaps(ledger.page("shop"), least=0.6) == ()
    assert len(gaps(ledger.page("shop"), least=0.5)) == 2


def test_apps_have_numbers_and_pages_of_their_own():
    ledger = ledger_at(1.0)
    numbers = [ledger.next_number(app) for app in ("shop", "shop", "blog")]
    ledger.acknowledge("shop", "web.1", 1)
    ledger.refuse("blog", "OperationalError")
    ledger.refuse("blog", "OperationalError")

    assert numbers == [1, 2, 1]
    assert [row.number for row in ledger.page("shop").rows] == [1]
    assert ledger.page("shop").refused == {}
    assert ledger.page("blog").rows == ()
    assert ledger.page("blog").refused == {"OperationalError": 2}
    assert gaps(ledger.page("blog"), least=0.0) == ()


def test_rows_are_told_as_runs():
    assert ranges([]) == []
    assert ranges([3, 4, 5, 9, 11, 12]) == [[3, 5], [9, 9], [11, 12]]
