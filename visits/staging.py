"""An uploaded workbook between preview and confirmation: sealed on disk, its uploader's alone, for a day at most."""

from __future__ import annotations

import json
import re
import secrets
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from common.crypto import SealError, seal_bytes, unseal_bytes

KEPT_SECONDS = 24 * 3600
_TOKEN = re.compile(r"[0-9a-f]{32}")


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "visit-imports"


def keep(user: Any, data: bytes, filename: str) -> str:
    """Store a file; returns the token to fetch it by. Files that nobody confirmed in time are removed."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.sealed"):
        if old.stat().st_mtime < time.time() - KEPT_SECONDS:
            old.unlink(missing_ok=True)
    token = secrets.token_hex(16)
    head = json.dumps({"user": user.pk, "name": filename}).encode()
    (folder / f"{token}.sealed").write_bytes(seal_bytes(head + b"\n" + data))
    return token


def fetch(user: Any, token: str) -> tuple[bytes, str] | None:
    """(content, file name) of this user's file; None if it is gone or another's."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        head, _, data = unseal_bytes((_folder() / f"{token}.sealed").read_bytes()).partition(b"\n")
    except (OSError, SealError):
        return None
    facts = json.loads(head)
    return (data, facts["name"]) if facts["user"] == user.pk else None


def drop(token: str) -> None:
    if _TOKEN.fullmatch(token):
        (_folder() / f"{token}.sealed").unlink(missing_ok=True)
