"""Password rules with Chinese sentences (quality.md; profiles `dengbao` and `asvs`)."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.models import User


class LengthValidator:
    def __init__(self, min_length: int = 12) -> None:
        self.min_length = min_length

    def validate(self, password: str, user: object = None) -> None:
        if len(password) < self.min_length:
            raise ValidationError(f"密码至少 {self.min_length} 位，现在是 {len(password)} 位，请加长", code="too_short")

    def get_help_text(self) -> str:
        return f"至少 {self.min_length} 位"


class CommonPasswordValidator:
    """Refuses what attackers try first: Django's list of 20,000, and habits of Chinese offices."""

    LOCAL = (
        "woaini",
        "zhongguo",
        "laoganbu",
        "songhe",
        "qwerty",
        "admin",
        "password",
        "1qaz2wsx",
        "abcd1234",
    )

    def __init__(self) -> None:
        path = Path(password_validation.__file__).with_name("common-passwords.txt.gz")
        with gzip.open(path, "rt", encoding="utf-8") as file:
            self.words = {line.strip() for line in file}

    def validate(self, password: str, user: object = None) -> None:
        low = password.lower()
        stripped = low.rstrip("0123456789!@#$%^&*.")
        if low in self.words or stripped in self.LOCAL or len(set(low)) < 5:
            raise ValidationError("这个密码太常见，容易被猜中，请换一个", code="too_common")

    def get_help_text(self) -> str:
        return "不能是常见密码"


class OwnNameValidator:
    def validate(self, password: str, user: object = None) -> None:
        for word in (getattr(user, "username", ""), getattr(user, "display_name", "")):
            if word and len(word) >= 2 and word.lower() in password.lower():
                raise ValidationError("密码里不能含账号或姓名，请换一个", code="own_name")

    def get_help_text(self) -> str:
        return "不含账号和姓名"


class CompositionValidator:
    """Profile `dengbao` (GB/T 22239): three of the four kinds of character. `asvs` asks for length alone."""

    def validate(self, password: str, user: object = None) -> None:
        if settings.PASSWORD_PROFILE != "dengbao":
            return
        kinds = [str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum()]
        if sum(any(kind(c) for c in password) for kind in kinds) < 3:
            raise ValidationError("密码要有大写字母、小写字母、数字、符号四类中的三类，请补上", code="too_plain")

    def get_help_text(self) -> str:
        return "含大写字母、小写字母、数字、符号中的三类" if settings.PASSWORD_PROFILE == "dengbao" else ""


def password_expired(user: User) -> bool:
    """Whether the password is older than the profile allows (`asvs`: never)."""
    age = settings.PASSWORD_MAX_AGE
    return bool(age) and timezone.now() - user.password_changed_at > age
