"""Relatives and contacts of a person, and the person's photo."""

from __future__ import annotations

import io
import secrets
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.models import User
from cadres.models import Cadre, FamilyMember
from common import audit
from common.editing import StaleEdit
from common.scope import require

FAMILY_FIELDS = ("name", "kinship", "phone", "work", "emergency")
PHOTO_MAX_BYTES = 10 * 1024 * 1024
PHOTO_MAX_PIXELS = 50_000_000
PHOTO_SIZE = (720, 960)
PHOTO_FORMATS = ("JPEG", "PNG", "BMP", "WEBP")


def _locked(member: FamilyMember, actor: User | None) -> FamilyMember:
    current = FamilyMember.objects.select_for_update().select_related(None).get(pk=member.pk)
    if actor is not None:
        require(actor, "cadre.change", current)
    return current


@transaction.atomic
def add_family_member(*, actor: User | None, cadre: Cadre, values: dict[str, Any]) -> FamilyMember:
    """Add a relative or contact."""
    if actor is not None:
        require(actor, "cadre.change", cadre)
    member = FamilyMember(cadre=cadre, **values)
    member.full_clean()
    member.save(force_insert=True)
    changes = audit.changes_between({}, audit.snapshot(member, [name for name in FAMILY_FIELDS if name in values]))
    audit.record(actor=actor, action="family.create", target=member, changes=changes)
    return member


@transaction.atomic
def change_family_member(
    *, actor: User | None, member: FamilyMember, values: dict[str, Any], version: int | None = None
) -> FamilyMember:
    """Edit a relative. ``version``: what the editor saw; another version now raises `StaleEdit`."""
    current = _locked(member, actor)
    if version is not None and current.version != version:
        raise StaleEdit(current)
    names = [name for name in FAMILY_FIELDS if name in values]
    before = audit.snapshot(current, names)
    for name in names:
        setattr(current, name, values[name])
    current.full_clean()
    changes = audit.changes_between(before, audit.snapshot(current, names))
    if changes:
        current.version += 1
        current.save(update_fields=[*names, "version", "updated_at"])
        audit.record(actor=actor, action="family.change", target=current, changes=changes)
    return current


@transaction.atomic
def remove_family_member(*, actor: User | None, member: FamilyMember) -> None:
    """Take a relative off the file; the audit trail keeps who it was."""
    current = _locked(member, actor)
    before = audit.snapshot(current, FAMILY_FIELDS)
    cadre = current.cadre
    current.delete()
    audit.record(
        actor=actor,
        action="family.remove",
        target=cadre,
        changes={f"family.{name}": [value, None] for name, value in before.items() if value},
    )


def readable_photo(file: BinaryIO, size: int) -> bytes:
    """A real picture, made anew as a small JPEG without its metadata. Raises ValidationError in Chinese."""
    if size > PHOTO_MAX_BYTES:
        raise ValidationError("照片超过 10 MB，请在手机或电脑上改小后再传")
    try:
        opened = Image.open(file, formats=PHOTO_FORMATS)
        if opened.width * opened.height > PHOTO_MAX_PIXELS:
            raise ValidationError("照片的像素太多，请改小后再传")
        image = ImageOps.exif_transpose(opened).convert("RGB")
    except ValidationError:
        raise
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        ValueError,
        SyntaxError,
    ) as problem:
        raise ValidationError("这不是能打开的照片，请换一张 JPG 或 PNG 图片") from problem
    image.thumbnail(PHOTO_SIZE)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=88)
    return target.getvalue()


@transaction.atomic
def set_photo(*, actor: User | None, cadre: Cadre, photo: bytes | None) -> Cadre:
    """Put a photo (bytes of `readable_photo`) on the file, or take it off (None). The old picture goes."""
    current = Cadre.objects.select_for_update().select_related(None).get(pk=cadre.pk)
    if actor is not None:
        require(actor, "cadre.change", current)
    old = current.photo.name
    if photo is None:
        current.photo = ""
    else:
        current.photo.save(f"{secrets.token_hex(16)}.jpg", ContentFile(photo), save=False)
    current.version += 1
    current.save(update_fields=["photo", "version", "updated_at"])
    audit.record(
        actor=actor,
        action="cadre.photo_change",
        target=current,
        changes={"photo": ["有" if old else "", "有" if photo else ""]},
    )
    if old:
        storage = current.photo.storage
        transaction.on_commit(lambda: storage.delete(old))
    return current
