"""Word the narrative otherwise, add a sentence to it, or go back to the shipped one."""

from __future__ import annotations

import secrets

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounts.models import User
from common import audit
from common.editing import StaleEdit
from common.scope import scope_of
from reports.models import NarrativeWording
from reports.narrative.compose import problems_of
from reports.narrative.sentences import SECTIONS, SENTENCES

RIGHT = "narrative.change"
_SHIPPED = {sentence.key: sentence for sentence in SENTENCES}


def _allowed(actor: User) -> None:
    if not scope_of(actor, RIGHT).everything:
        raise PermissionDenied


@transaction.atomic
def save_wording(
    *, actor: User, key: str = "", section: str = "", text: str, used: bool = True, version: int | None = None
) -> NarrativeWording:
    """Word a sentence (``key``) or add one to a ``section``. Raises ValidationError in Chinese for what no figure has."""
    _allowed(actor)
    text = text.strip()
    problems = problems_of(text)
    if problems:
        raise ValidationError({"text": problems})
    wording = NarrativeWording.objects.select_for_update().filter(key=key).first() if key else None
    if wording is None:
        shipped = _SHIPPED.get(key)
        if key and shipped is None:
            raise ValidationError("没有这一句，请回到措辞页再选")
        if shipped is None and section not in SECTIONS:
            raise ValidationError({"section": "请选放在哪一部分"})
        wording = NarrativeWording(
            key=key or f"own-{secrets.token_hex(6)}",
            section=shipped.section if shipped else section,
            text=shipped.text if shipped else "",
            own=shipped is None,
        )
    elif version is not None and wording.version != version:
        raise StaleEdit(wording)
    before = {"text": wording.text, "used": wording.used}
    wording.text, wording.used = text, used
    wording.full_clean()
    if wording.pk:
        wording.version += 1
    wording.save()
    changes = audit.changes_between(before, {"text": text, "used": used})
    audit.record(actor=actor, action="narrative.change", target=wording, changes=changes)
    return wording


@transaction.atomic
def restore_wording(*, actor: User, key: str) -> None:
    """Back to the shipped sentence; a sentence of the bureau's own goes."""
    _allowed(actor)
    wording = NarrativeWording.objects.select_for_update().filter(key=key).first()
    if wording is None:
        raise ValidationError("这一句没有改过，不用恢复")
    changes = {"text": [wording.text, _SHIPPED[key].text if key in _SHIPPED else None]}
    audit.record(actor=actor, action="narrative.change", target=wording, changes=changes)
    wording.delete()
