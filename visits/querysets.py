"""Reads of visits and notices."""

from __future__ import annotations

from typing import Any


def unread_notices(user: Any) -> int:
    return 0
