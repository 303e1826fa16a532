"""What the figures were taken on: without it they mean nothing."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import resource
import subprocess
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STAT = Path("/proc/stat")
LIBRARIES = ("httpx", "pydantic", "pydantic-core", "tomli", "deepdiff", "starlette", "uvicorn")


def machine() -> dict[str, Any]:
    """Processor, memory, system, and how busy others kept it before we began."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
    }


class Others:
    """How much of the machine others use while we measure: then times on the wall tell less. Linux only."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._busy_s = _busy_s() - _ours_s()

    def share(self) -> float | None:
        """Of all cores, since this was made, from 0 to 1; None where the system does not tell."""
        cores_s = (time.perf_counter() - self._began) * (os.cpu_count() or 1)
        busy_s = _busy_s() - _ours_s() - self._busy_s
        return max(0.0, busy_s / cores_s) if STAT.exists() else None


def _busy_s() -> float:
    """CPU seconds of everybody since the machine started."""
    if not STAT.exists():
        return 0.0
    user, nice, system, _, _, irq, softirq, *_ = map(int, STAT.read_text().split()[1:11])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _ours_s() -> float:
    """CPU seconds of this process and of those that it has started and waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def versions() -> dict[str, str]:
    """Ours, Python's, and those of the libraries that do the work."""
    found = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {"reconcile": _commit(), "python": platform.python_version(), **found}


def today() -> str:
    """The day, UTC."""
    return dt.datetime.now(dt.UTC).date().isoformat()  # noqa: TID251  # of this machine, on purpose


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    lines = info.read_text(encoding="utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


WRITTEN_BY_BENCHES = ("bench/results", "docs/performance.md")
"""Changed by the bench before this one in the same run; that is no change of what is measured."""


def _commit() -> str:
    """The commit that was measured, `-dirty` where something else lay in the folder; outside of a checkout the version."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    if not commit:
        return importlib.metadata.version("heroku-postgres-reconcile")
    others = [f":(exclude){path}" for path in WRITTEN_BY_BENCHES]
    return f"{commit}-dirty" if _git("status", "--porcelain", "--", ".", *others) else commit


def _git(*words: str) -> str:
    command = ["git", "-C", str(ROOT), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # fixed words
    return done.stdout.strip()
