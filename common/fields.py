"""Model and form fields of our own: encrypted text and partial dates."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models.lookups import Exact, IsNull

from common.crypto import seal, unseal
from common.dates import DateProblem, PartialDate, parse_partial_date


class EncryptedField(models.TextField):
    """Text that is sealed in the database and clear in Python; a blank stays blank.

    Sealing the same text twice gives two tokens, so such a column cannot be searched: keep a
    ``common.crypto.digest`` beside it. Serializers (dumpdata) write the token, never the text.
    ``mask`` is how the audit trail shows a value (common.idcard.mask_id, say).
    """

    def __init__(self, *args: Any, mask: Callable[[str], str] | None = None, **kwargs: Any) -> None:
        self.mask = mask
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None if self.null else ""
        return seal(str(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return unseal(value) if value else value

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj)) or ""

    def get_lookup(self, lookup_name: str) -> Any:
        return {"isnull": IsNull, "exact": _BlankExact}.get(lookup_name)

    def get_transform(self, lookup_name: str) -> None:
        return None


class _BlankExact(Exact):
    """Equality with a blank is the one comparison that an encrypted column can answer."""

    def get_prep_lookup(self) -> Any:
        if self.rhs not in ("", None):
            raise FieldError("an encrypted column cannot be compared: search by its digest")
        return super().get_prep_lookup()


class PartialDateFormField(forms.CharField):
    """Takes every writing that ``parse_partial_date`` reads, and shows 1932-05."""

    def __init__(self, *, today: date | None = None, **kwargs: Any) -> None:
        kwargs.pop("max_length", None)
        kwargs.pop("empty_value", None)
        super().__init__(**kwargs)
        self.today = today

    def to_python(self, value: Any) -> PartialDate | None:  # type: ignore[override]
        try:
            return parse_partial_date(value, today=self.today)
        except DateProblem as problem:
            raise ValidationError(f"{problem.message}。{problem.hint}。", code=problem.code) from None

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, PartialDate) else value


class PartialDateField(models.CharField):
    """A ``PartialDate`` kept as 1932, 1932-05 or 1932-05-06, so that text order is date order.

    Lookups compare as text: ``birth__lt="1950"``, ``birth__startswith="1932-05"``.
    """

    _pyi_private_get_type: Any  # for django-stubs: not the text of a CharField
    _pyi_private_set_type: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 10
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, args, kwargs

    def get_default(self) -> PartialDate | None:
        return self.to_python(super().get_default())

    def to_python(self, value: Any) -> PartialDate | None:
        if value is None or value == "":
            return None
        if isinstance(value, PartialDate):
            return value
        if isinstance(value, date):
            return PartialDate.of(value)
        try:
            return PartialDate.parse_iso(str(value))
        except ValueError:
            raise ValidationError("日期认不出来。写成 1932-05 这样的年月。", code="date_unreadable") from None

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> PartialDate | None:
        return PartialDate.parse_iso(value) if value else None

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None if self.null else ""
        if isinstance(value, PartialDate):
            return value.isoformat()
        if isinstance(value, date):
            return PartialDate.of(value).isoformat()
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str):
            value = self.to_python(value)
        return super().get_db_prep_save(value, connection)

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.to_python(self.value_from_object(obj))) or ""

    def run_validators(self, value: Any) -> None:
        super().run_validators(value.isoformat() if isinstance(value, PartialDate) else value)

    def formfield(self, **kwargs: Any) -> Any:  # type: ignore[override]
        return super().formfield(**{"form_class": PartialDateFormField, **kwargs})
