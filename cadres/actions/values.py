"""Say what a word outside the dictionaries means; everyone who carries it follows."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from cadres.actions.people import change_cadre
from cadres.models import Cadre, OriginalText, ValueAlias
from common import audit


@transaction.atomic
def map_value(*, actor: User | None, alias: ValueAlias, code: str) -> int:
    """Fix the meaning of a queued word; returns how many people got it. The word means the same in the whole city."""
    current = ValueAlias.objects.select_for_update().get(pk=alias.pk)
    choices = getattr(Cadre._meta.get_field(current.field), "choices", None)
    if choices is None or code not in dict(choices):
        raise ValidationError("请从列表里选一项")
    before, current.code = current.code, code
    current.save(update_fields=["code"])
    waiting = OriginalText.objects.filter(field=current.field, text=current.text).select_related("cadre")
    count = 0
    for row in waiting:
        if not getattr(row.cadre, current.field):
            change_cadre(actor=actor, cadre=row.cadre, values={current.field: code})
            count += 1
    audit.record(
        actor=actor,
        action="value.map",
        target=current,
        changes={"code": [before, code], "people": [None, count]},
    )
    return count
