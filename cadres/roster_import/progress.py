"""How far a running import is, in percent and words. An estimate: it never promises the end."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cadres.models import RosterImport, RosterStatus

#: Bytes of workbooks read and compared in a second, on the slowest machine we serve.
_BYTES_A_SECOND = 800_000
_MOST = 95


@dataclass(frozen=True)
class Progress:
    percent: int
    words: str


def progress_of(job: RosterImport, *, size: int, now: datetime.datetime) -> Progress:
    """``size``: bytes of all files. Files read so far, or the time that the step before took, tell how far it is."""
    if job.started_at is None or not job.claim:
        return Progress(0, "还没轮到，前面的办完就开始")
    passed = max((now - job.started_at).total_seconds(), 0.0)
    expected = 1 + size / _BYTES_A_SECOND
    if job.status != RosterStatus.READING and job.seconds:
        expected = 1 + job.seconds * 1.5  # reading again and writing
    share = min(passed / expected, 1.0)
    if job.status == RosterStatus.READING and job.done and job.total > 1:
        share = job.done / job.total
        expected = passed / share
    percent = min(int(share * 100), _MOST)
    left = expected - passed
    words = f"大约还要 {_duration(left)}" if left >= 1 else "快好了"
    return Progress(percent, f"已用 {_duration(passed)}，{words}")


def _duration(seconds: float) -> str:
    whole = max(round(seconds), 1)
    return f"{whole} 秒" if whole < 90 else f"{round(whole / 60)} 分钟"
