"""When a cutover may begin: a weekly window, and freezes in which none does.

Everything is UTC. A window says when a cutover may *begin*; one that has begun always comes to its end.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from reconciler.core.durations import DAYS, Day, day_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.limits import Freeze

_DAY_MIN = 24 * 60
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_WINDOW = re.compile(
    rf"(?P<first>[A-Za-z]{{3,9}})(?:-(?P<last>[A-Za-z]{{3,9}}))? +"
    rf"(?P<begins>{_TIME})-(?P<ends>{_TIME}|24:00)"
)
_EXAMPLES = '"Sun 02:00-06:00", "Mon-Thu 22:00-02:00" or "daily 03:00-05:00"'


@dataclass(frozen=True, slots=True)
class CutoverWindow:
    """On each day from `first` to `last`: from `begins_min` on, for `length_min` minutes."""

    first: Day
    last: Day
    begins_min: int
    """Minutes after midnight, UTC."""
    length_min: int
    """At most a whole day."""

    def __str__(self) -> str:
        """`Sunday 02:00-06:00`, `Monday-Thursday 22:00-02:00`, `daily 03:00-05:00`."""
        days = self.first if self.first == self.last else f"{self.first}-{self.last}"
        ends = self.begins_min + self.length_min
        shown = ends if ends <= _DAY_MIN else ends - _DAY_MIN
        return f"{'daily' if self._is_daily else days} {_clock(self.begins_min)}-{_clock(shown)}"

    @property
    def _is_daily(self) -> bool:
        return len(self._days) == len(DAYS)

    @property
    def _days(self) -> tuple[int, ...]:
        """Weekdays on which it begins, Monday is 0."""
        first, last = DAYS.index(self.first), DAYS.index(self.last)
        count = (last - first) % len(DAYS) + 1
        return tuple((first + number) % len(DAYS) for number in range(count))

    def holds(self, moment: dt.datetime) -> bool:
        """Whether `moment` lies inside; the end does not."""
        length = dt.timedelta(minutes=self.length_min)
        return any(begin <= moment < begin + length for begin in self._begins(moment, since=-1))

    def next_begin(self, moment: dt.datetime) -> dt.datetime:
        """When it begins next; `moment` itself when it begins then."""
        return next(begin for begin in self._begins(moment, since=0) if begin >= moment)

    def _begins(self, moment: dt.datetime, *, since: int) -> Iterator[dt.datetime]:
        """Its beginnings from `since` days after the day of `moment` to a week later, in order."""
        midnight = moment.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for number in range(since, len(DAYS) + 1):
            day = midnight + dt.timedelta(days=number)
            if day.weekday() in self._days:
                yield day + dt.timedelta(minutes=self.begins_min)


def next_moment(
    now: dt.datetime, *, window: CutoverWindow | None, freezes: Sequence[Freeze]
) -> dt.datetime:
    """The first moment from `now` on, itself included, at which a cutover may begin."""
    moment = now
    while True:  # each round ends one freeze for good, and there are finitely many
        if window is not None and not window.holds(moment):
            moment = window.next_begin(moment)
        freeze = freeze_at(moment, freezes)
        if freeze is None:
            return moment
        moment = freeze.ends


def freeze_at(moment: dt.datetime, freezes: Sequence[Freeze]) -> Freeze | None:
    """The freeze that holds at `moment`; of several the one that ends last."""
    holding = [one for one in freezes if one.begins <= moment < one.ends]
    return max(holding, key=lambda one: one.ends, default=None)


def parse_cutover_window(text: object) -> CutoverWindow:
    """The window written as `Sun 02:00-06:00`, `Mon-Thu 22:00-02:00` or `daily 03:00-05:00`.

    An end at or before the beginning is on the next day.

    Raises:
        ValueError: it is written otherwise; the message is for the writer.
    """
    match = _WINDOW.fullmatch(text) if isinstance(text, str) else None
    days = _days_named(match["first"], match["last"]) if match else None
    if match is None or days is None:
        raise ValueError(f"must be days and times in UTC, such as {_EXAMPLES}.")
    begins, ends = _minutes(match["begins"]), _minutes(match["ends"])
    if begins == ends:
        raise ValueError('begins and ends at the same time; a whole day is "00:00-24:00".')
    length = ends - begins if ends > begins else ends - begins + _DAY_MIN
    return CutoverWindow(*days, begins, length)


def _days_named(first: str, last: str | None) -> tuple[Day, Day] | None:
    if first.lower() == "daily":
        return None if last else (DAYS[0], DAYS[-1])
    begin, end = day_named(first), day_named(last or first)
    return (begin, end) if begin and end else None


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _window(value: object) -> CutoverWindow:
    return value if isinstance(value, CutoverWindow) else parse_cutover_window(value)


CutoverWindowField = Annotated[
    CutoverWindow,
    PlainValidator(_window),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": rf"^[A-Za-z]+(-[A-Za-z]+)? +{_TIME}-({_TIME}|24:00)$"}
    ),
]
