"""Photos: real ones only, without the camera's data, sealed, and seen by whoever may see the visit."""

from __future__ import annotations

import datetime
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from common.models import AuditEntry
from common.photos import LONG_SIDE, MAX_BYTES, check_photo
from visits import actions
from visits.models import Visit, VisitPhoto
from visits.photos import read_photo


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture(fmt: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", exif: bool = False) -> bytes:
    target, options = io.BytesIO(), {}
    if exif:
        data = Image.Exif()
        data[0x010E] = "滨河路 12 号"
        data[0x0112] = 6  # turned by 90 degrees
        data.get_ifd(0x8825)[1] = "N"
        options["exif"] = data
    Image.new(mode, size, "white").save(target, fmt, **options)
    return target.getvalue()


def upload(content: bytes, name: str = "a.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


@pytest.mark.parametrize(
    ("fmt", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L")]
)
def test_photos_become_clean_jpegs(fmt, mode):
    photo = check_photo(upload(picture(fmt, mode=mode)))
    opened = Image.open(io.BytesIO(photo.content))
    assert (opened.format, opened.mode, opened.size) == ("JPEG", "RGB", (64, 48))


def test_the_cameras_data_is_gone_and_the_picture_stands_upright():
    content = picture(exif=True)
    assert Image.open(io.BytesIO(content)).getexif()
    photo = check_photo(upload(content))
    clean = Image.open(io.BytesIO(photo.content))
    assert not clean.getexif() and "exif" not in clean.info
    assert "滨河路".encode() not in photo.content
    assert clean.size == (48, 64)


def test_large_pictures_are_made_smaller():
    photo = check_photo(upload(picture(size=(4000, 3000))))
    assert max(photo.width, photo.height) == LONG_SIDE


@pytest.mark.parametrize(
    ("content", "name", "code", "words"),
    [
        (b"MZ\x90\x00" + b"\0" * 500, "照片.jpg", "photo_kind", "不是照片"),
        (b"\x7fELF" + b"\0" * 500, "照片.png", "photo_kind", "不是照片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "a.jpg", "photo_kind", "不是照片"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "残.jpg", "photo_kind", "不是照片"),
        (b"\xff\xd8" + b"\0" * (30 * 1024 * 1024), "大.jpg", "photo_size", "不超过 10 MB"),
        (b"", "空.jpg", "photo_kind", "不是照片"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(content, name, code, words):
    with pytest.raises(ValidationError) as caught:
        check_photo(upload(content, name))
    assert caught.value.code == code
    assert words in caught.value.messages[0] and name in caught.value.messages[0]


def test_other_formats_and_bombs_are_refused():
    with pytest.raises(ValidationError, match="不是照片"):
        check_photo(upload(picture("GIF", mode="P"), "动图.jpg"))
    bomb = picture("PNG", size=(9000, 9000), mode="1")
    assert len(bomb) < MAX_BYTES
    with pytest.raises(ValidationError, match="尺寸太大"):
        check_photo(upload(bomb, "大.png"))


def visit_with_photo(cast) -> tuple[Visit, VisitPhoto]:
    visit = actions.create_visit(
        actor=cast.liaison_a,
        cadre=cast.cadre_a,
        values={"visited_on": datetime.date(2026, 1, 5), "occasion": "ordinary", "manner": "home"},
        photos=[check_photo(upload(picture()))],
    )
    return visit, visit.photos.get()


def test_stored_photos_are_sealed_and_read_back(cast):
    _, photo = visit_with_photo(cast)
    with photo.file.open("rb") as file:
        stored = file.read()
    assert b"JFIF" not in stored and photo.file.name.endswith(".sealed")
    assert read_photo(photo).startswith(b"\xff\xd8")


def test_a_photo_is_sent_to_whoever_may_see_the_visit(cast, sign_in):
    visit, photo = visit_with_photo(cast)
    url = reverse("visits:visit_photo", args=[photo.pk])
    for user in (cast.liaison_a, cast.community_liaison, cast.staff, cast.leader):
        response = sign_in(user).get(url)
        assert response.status_code == 200 and response["Content-Type"] == "image/jpeg"
        assert response["Cache-Control"] == "no-store"
    for user in (cast.liaison_b, cast.audit_admin, cast.nobody):
        assert sign_in(user).get(url).status_code == 404
    entries = AuditEntry.objects.filter(action="visit.photo", target_id=str(visit.pk))
    assert entries.count() == 4


def test_at_most_four_photos_a_visit(cast):
    visit, _ = visit_with_photo(cast)
    more = [check_photo(upload(picture())) for _ in range(4)]
    with pytest.raises(ValidationError, match="最多留 4 张"):
        actions.change_visit(actor=cast.liaison_a, visit=visit, values={}, photos=more)
    assert visit.photos.count() == 1


def test_nothing_stays_on_disk_when_recording_fails(cast, tmp_path, monkeypatch):
    monkeypatch.setattr(VisitPhoto, "save", lambda *args, **kwargs: (_ for _ in ()).throw(RuntimeError("full")))
    with pytest.raises(RuntimeError):
        visit_with_photo(cast)
    assert not Visit.objects.exists() and list(tmp_path.rglob("*.sealed")) == []


@pytest.mark.django_db(transaction=True)
def test_a_dropped_photo_leaves_the_disk(cast, tmp_path):
    visit, photo = visit_with_photo(cast)
    changed = actions.change_visit(actor=cast.liaison_a, visit=visit, values={}, drop_photos=[photo.pk])
    assert changed.version == 2 and not visit.photos.exists()
    assert list(tmp_path.rglob("*.sealed")) == []
