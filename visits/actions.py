"""Writes of visits: record, change, withdraw, and marking notices as read. Sending notices: visits.sending."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cadres.models import Cadre
from common import audit
from common.editing import StaleEdit
from common.photos import CheckedPhoto, sealed_file
from common.scope import require
from visits.codes import NoticeKind
from visits.models import Notice, Visit, VisitPhoto
from visits.photos import PER_VISIT

#: What a form or an import may set.
EDITABLE_FIELDS = (
    "visited_on", "occasion", "manner", "visitors", "gift_money", "gift_reason", "gifts", "words",
)  # fmt: skip
#: Whoever holds this right on the person (staff) may also change and withdraw what others recorded.
OTHERS_RIGHT = "cadre.change"


def may_change(user: User, visit: Visit) -> bool:
    """The recorder and staff may, as long as the person is in their scope and the visit was not withdrawn."""
    if visit.removed or not Visit.objects.visible_to(user, "visit.log").filter(pk=visit.pk).exists():
        return False
    return visit.recorded_by_id == user.pk or _handles_others(user, visit)


def _handles_others(user: User, visit: Visit) -> bool:
    return Visit.objects.visible_to(user, OTHERS_RIGHT).filter(pk=visit.pk).exists()


def may_withdraw(user: User, visit: Visit) -> bool:
    """The recorder within ten minutes; after that staff."""
    if not may_change(user, visit):
        return False
    return withdraws_freely(user, visit) or _handles_others(user, visit)


def withdraws_freely(user: User, visit: Visit) -> bool:
    """Whether no reason is asked for."""
    return visit.recorded_by_id == user.pk and timezone.now() <= visit.withdraw_until


@transaction.atomic
def create_visit(*, actor: User, cadre: Cadre, values: dict[str, Any], photos: Iterable[CheckedPhoto] = ()) -> Visit:
    """Record a visit. Raises ValidationError in Chinese keyed by field, PermissionDenied out of scope."""
    person = Cadre.objects.visible_to(actor, "visit.log").filter(pk=cadre.pk).first()
    if person is None:
        raise PermissionDenied
    visit = Visit(cadre=person, recorded_by=actor, **{n: v for n, v in values.items() if n in EDITABLE_FIELDS})
    if not visit.visitors:
        visit.visitors = actor.display_name
    visit.full_clean()
    visit.save(force_insert=True)
    added = _add_photos(visit, photos)
    changes = audit.changes_between({}, audit.snapshot(visit, ("cadre", *EDITABLE_FIELDS)))
    if added:
        changes["photos"] = [0, added]
    audit.record(actor=actor, action="visit.create", target=visit, changes=changes)
    return visit


def _add_photos(visit: Visit, photos: Iterable[CheckedPhoto]) -> int:
    """Store the photos; if one fails, no file of this call stays behind."""
    pictures = list(photos)
    if pictures and visit.photos.count() + len(pictures) > PER_VISIT:
        raise ValidationError({"photos": f"一次走访最多留 {PER_VISIT} 张照片，请少选几张"})
    stored: list[VisitPhoto] = []
    try:
        for picture in pictures:
            photo = VisitPhoto(visit=visit, width=picture.width, height=picture.height)
            photo.file.save("photo.sealed", sealed_file(picture.content), save=False)
            stored.append(photo)
            photo.save(force_insert=True)
    except BaseException:
        for photo in stored:
            photo.file.delete(save=False)
        raise
    return len(stored)


def _locked(actor: User, visit: Visit) -> Visit:
    current = Visit.objects.select_for_update().get(pk=visit.pk)
    require(actor, "visit.log", current)
    return current


@transaction.atomic
def change_visit(
    *,
    actor: User,
    visit: Visit,
    values: dict[str, Any],
    version: int | None = None,
    photos: Iterable[CheckedPhoto] = (),
    drop_photos: Iterable[int] = (),
) -> Visit:
    """Change what was recorded, by the recorder or staff. Another version than the one opened: `StaleEdit`."""
    current = _locked(actor, visit)
    if not may_change(actor, current):
        raise PermissionDenied
    if version is not None and current.version != version:
        raise StaleEdit(current)
    before = audit.snapshot(current, EDITABLE_FIELDS)
    for name in EDITABLE_FIELDS:
        if name in values:
            setattr(current, name, values[name])
    current.full_clean()
    changes = audit.changes_between(before, audit.snapshot(current, EDITABLE_FIELDS))
    held = current.photos.count()
    for photo in current.photos.filter(pk__in=list(drop_photos)):
        file = photo.file
        photo.delete()
        transaction.on_commit(partial(file.delete, save=False))
    _add_photos(current, photos)
    if current.photos.count() != held or list(drop_photos):
        changes["photos"] = [held, current.photos.count()]
    if not changes:
        return current
    current.version += 1
    current.save()
    audit.record(actor=actor, action="visit.change", target=current, changes=changes)
    return current


@transaction.atomic
def remove_visit(*, actor: User, visit: Visit, reason: str = "", version: int | None = None) -> Visit:
    """Withdraw a visit: it leaves lists and counts, its row stays with who, when and why."""
    current = _locked(actor, visit)
    if not may_withdraw(actor, current):
        raise PermissionDenied
    if version is not None and current.version != version:
        raise StaleEdit(current)
    reason = reason.strip()
    if not withdraws_freely(actor, current) and len(reason) < 2:
        raise ValidationError({"reason": "登记已过 10 分钟，请写明撤回的原因"})
    current.removed_at, current.removed_by, current.removed_reason = timezone.now(), actor, reason
    current.version += 1
    current.save(update_fields=["removed_at", "removed_by", "removed_reason", "version", "updated_at"])
    audit.record(
        actor=actor,
        action="visit.remove",
        target=current,
        changes={"removed_at": [None, current.removed_at.isoformat()]},
        reason=reason,
    )
    return current


def mark_read(*, actor: User, notice: Notice) -> None:
    """The reader has seen it. Marking it twice changes nothing."""
    Notice.objects.visible_to(actor).unread().filter(pk=notice.pk).update(read_at=timezone.now())


def mark_all_read(*, actor: User) -> int:
    """Everything that waits in the reader's inbox; returns how many there were."""
    waiting = Notice.objects.visible_to(actor).unread().order_by()
    return Notice.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).update(read_at=timezone.now())


def tell_of_report(told: Iterable[tuple[int, str, str]]) -> None:
    """Put a reminder of a report into inboxes: (reader, key of the matter, words), each once a day."""
    today = timezone.localdate()
    rows = [
        Notice(reader_id=reader, kind=NoticeKind.REPORT, festival=key, due_on=today, words=words[:200])
        for reader, key, words in told
    ]
    Notice.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
