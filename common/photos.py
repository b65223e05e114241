"""Pictures that come from outside: checked to be what they say, re-encoded without the camera's data."""

from __future__ import annotations

import io
import secrets
import warnings
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageOps, UnidentifiedImageError

from common.crypto import seal_bytes

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 60_000_000
#: The longer side after re-encoding, in pixels.
LONG_SIDE = 2400

TOO_BIG = "“{name}”有 {size} MB，照片每张不超过 10 MB，请把相机调小一档重拍，或裁小后再选"
NOT_PHOTO = "“{name}”不是照片，只收 JPG 和 PNG，请在手机相册里另选一张"
TOO_MANY_PIXELS = "“{name}”的尺寸太大，请裁小或重拍后再选"


@dataclass(frozen=True)
class CheckedPhoto:
    """A JPEG fit to keep."""

    content: bytes
    width: int
    height: int


def check_photo(upload: UploadedFile) -> CheckedPhoto:
    """Raise ValidationError in Chinese for anything but a real JPEG or PNG of at most 10 MB."""
    name = (upload.name or "照片")[:40]
    if upload.size is not None and upload.size > MAX_BYTES:
        raise ValidationError(TOO_BIG.format(name=name, size=round(upload.size / 1024 / 1024)), code="photo_size")
    data = upload.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValidationError(TOO_BIG.format(name=name, size="10 多"), code="photo_size")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
        if opened.width * opened.height > MAX_PIXELS:
            raise ValidationError(TOO_MANY_PIXELS.format(name=name), code="photo_pixels")
        picture = ImageOps.exif_transpose(opened)
        picture.thumbnail((LONG_SIDE, LONG_SIDE))
        if picture.mode in ("RGBA", "LA", "P", "PA"):
            layers = picture.convert("RGBA")
            picture = Image.new("RGB", layers.size, "white")
            picture.paste(layers, mask=layers.getchannel("A"))
        # A new picture from the pixels alone: no EXIF, no place, no comments, no profile.
        clean = Image.frombytes("RGB", picture.size, picture.convert("RGB").tobytes())
    except ValidationError:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as problem:
        raise ValidationError(NOT_PHOTO.format(name=name), code="photo_kind") from problem
    output = io.BytesIO()
    clean.save(output, "JPEG", quality=85, optimize=True)
    return CheckedPhoto(output.getvalue(), clean.width, clean.height)


def sealed_file(content: bytes) -> ContentFile:
    """The file to store: sealed, under a name that tells nothing."""
    return ContentFile(seal_bytes(content), name=f"{secrets.token_hex(12)}.sealed")
