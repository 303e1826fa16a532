from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from reconciler.adapters.run_files import JournalFile, only_one, recorded_runs
from reconciler.apply.chain import first_break, linked
from reconciler.apply.journal import Entry
from reconciler.core.names import DatabaseName
from reconciler.core.plan import Plan
from reconciler.errors import StateError

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event
    from pathlib import Path


PLAN = Plan(desired_digest="d" * 64, endpoint="sim:example", databases=()).with_digest()
BEGUN = Entry(at="2026-11-22T20:00:00.000+00:00", database=DatabaseName("orders"), what="begun")
REMEMBERED = Entry(
    at="2026-11-22T20:00:01.000+00:00",
    database=DatabaseName("orders"),
    what="remembered",
    key="dynos shop",
    value='{"web": 3}',
)


def test_what_was_appended_is_there_for_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "run" / "journal.jsonl"
    first = JournalFile(path)
    first.append(BEGUN)
    first.append(REMEMBERED)
    first.close()

    second = JournalFile(path)

    assert second.entries() == (BEGUN, REMEMBERED)
    second.close()


def test_a_line_cut_short_counts_as_never_written_and_the_next_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = JournalFile(path)
    journal.append(BEGUN)
    journal.close()
    with path.open("ab") as file:
        file.write(b'{"at": "2026-11-22T20')

    again = JournalFile(path)
    again.append(REMEMBERED)
    again.close()

    last = JournalFile(path)
    assert last.entries() == (BEGUN, REMEMBERED)
    last.close()


def test_a_whole_record_that_is_only_opened_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = JournalFile(path)
    journal.append(BEGUN)
    journal.close()
    os.utime(path, ns=(0, 0))

    JournalFile(path).close()

    assert path.stat().st_mtime_ns == 0


def test_runs_come_in_the_order_of_their_newest_entries(tmp_path: Path) -> None:
    for name, entries in {"b": (BEGUN,), "a": (BEGUN, REMEMBERED), "c": ()}.items():
        journal = JournalFile(tmp_path / "runs" / name / "journal.jsonl")
        for entry in entries:
            journal.append(entry)
        journal.close()
    os.utime(tmp_path / "runs" / "a" / "journal.jsonl", ns=(0, 0))

    found = [(path.name, entries) for path, entries in recorded_runs(tmp_path)]

    assert found == [("c", ()), ("b", (BEGUN,)), ("a", (BEGUN, REMEMBERED))]


def test_a_damaged_line_is_named_and_nothing_is_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    text = b'nonsense\n{"also": "nonsense"}\n'
    path.write_bytes(text)

    with pytest.raises(StateError, match=r"journal\.jsonl:1:1 is damaged"):
        JournalFile(path)

    assert path.read_bytes() == text


def test_the_journal_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    JournalFile(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_disk_that_is_full_is_said_and_leaves_no_half_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = JournalFile(path)
    journal.append(BEGUN)
    whole = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, hard))

    try:
        with pytest.raises(StateError, match="cannot be written: No space left on device"):
            journal.append(REMEMBERED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert path.read_bytes() == whole
    assert journal.entries() == (BEGUN,)
    journal.close()


@dataclass
class Disk:
    """Syncs, but for so many times in the beginning."""

    fails: int

    def sync(self, file: int) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        os.fdatasync(file)


def test_an_entry_that_could_not_be_made_durable_is_not_there_and_the_next_one_fits(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.jsonl"
    first, second = linked(BEGUN, ""), linked(REMEMBERED, linked(BEGUN, "").link)
    disk = Disk(fails=0)
    journal = JournalFile(path, sync=disk.sync)
    journal.append(first)
    disk.fails = 1

    with pytest.raises(StateError, match="cannot be written: Input/output error"):
        journal.append(linked(REMEMBERED.model_copy(update={"value": "lost"}), first.link))
    journal.append(second)
    journal.close()

    again = JournalFile(path)
    assert again.entries() == journal.entries() == (first, second)
    assert first_break(again.entries()) is None
    again.close()


def test_behind_an_entry_that_could_not_be_taken_back_no_other_is_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    disk = Disk(fails=2)
    journal = JournalFile(path, sync=disk.sync)

    with pytest.raises(StateError, match="could not be made durable nor taken back"):
        journal.append(BEGUN)
    with pytest.raises(StateError, match="this process writes no other behind it"):
        journal.append(REMEMBERED)

    assert journal.entries() == ()
    assert path.read_bytes() == b""
    journal.close()


def _hold(folder: Path, held: Event, leave: Event) -> None:
    with only_one(folder):
        held.set()
        leave.wait(30)


def test_two_applies_never_share_a_folder_and_the_holder_is_named(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, leave = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, held, leave))
    other.start()
    assert held.wait(30)

    with (
        pytest.raises(StateError, match=rf"Another apply is running here \(process {other.pid} on"),
        only_one(tmp_path),
    ):
        pass

    other.kill()
    other.join()
    with only_one(tmp_path):
        pass
