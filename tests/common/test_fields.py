"""Model and form fields: what reaches the database, what comes back, what cannot be asked."""

from datetime import date

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, models
from django.test.utils import isolate_apps

from common.dates import PartialDate
from common.fields import EncryptedField, PartialDateField, PartialDateFormField

with isolate_apps("common"):

    class Sample(models.Model):
        phone = EncryptedField(blank=True)
        note = EncryptedField(null=True)
        birth = PartialDateField("出生年月", blank=True)
        joined = PartialDateField(null=True, blank=True)

        class Meta:
            app_label = "common"


@pytest.fixture
def table(transactional_db):
    with connection.schema_editor() as editor:
        editor.create_model(Sample)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Sample)


def stored(column: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM common_sample ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_encrypted_text_in_the_database(table):
    Sample.objects.bulk_create([Sample(phone="13800006625", note="甲"), Sample(phone=""), Sample()])
    assert [row.phone for row in Sample.objects.order_by("id")] == ["13800006625", "", ""]
    assert [row.note for row in Sample.objects.order_by("id")] == ["甲", None, None]
    tokens = stored("phone")
    assert tokens[0].startswith("k") and "6625" not in tokens[0]
    assert tokens[1:] == ["", ""]
    assert stored("note")[1] is None

    Sample.objects.filter(phone="").update(phone="0931")
    row = Sample.objects.order_by("id").last()
    assert row.phone == "0931"
    row.phone = "0932"
    row.save(update_fields=["phone"])
    row.refresh_from_db()
    assert row.phone == "0932"
    assert list(Sample.objects.order_by("id").values_list("phone", flat=True)) == [
        "13800006625",
        "0931",
        "0932",
    ]


def test_encrypted_text_cannot_be_searched():
    with pytest.raises(FieldError, match="digest"):
        str(Sample.objects.filter(phone="13800006625").query)
    for lookup in ("contains", "startswith", "in", "gt", "iexact", "lower"):
        with pytest.raises(FieldError):
            str(Sample.objects.filter(**{f"phone__{lookup}": ["1"]}).query)
    assert "IS NULL" in str(Sample.objects.filter(note__isnull=True).query)


def test_serialized_text_is_sealed():
    text = serializers.serialize("json", [Sample(pk=1, phone="13800006625", birth=PartialDate(1932, 5))])
    assert "13800006625" not in text
    assert '"birth": "1932-05"' in text


def test_partial_dates_in_the_database(table):
    births = [PartialDate(1932, 5, 6), PartialDate(1932, 5), PartialDate(1932), None]
    Sample.objects.bulk_create(Sample(birth=birth, joined=birth) for birth in births)
    assert [row.birth for row in Sample.objects.order_by("id")] == births
    assert stored("birth") == ["1932-05-06", "1932-05", "1932", ""]
    assert stored("joined")[3] is None
    assert list(Sample.objects.order_by("birth").values_list("birth", flat=True)) == births[::-1]

    def count(**lookups) -> int:
        return Sample.objects.filter(**lookups).count()

    assert count(birth=PartialDate(1932, 5)) == 1
    assert count(birth__startswith="1932-05") == 2
    assert count(joined__lt="1932-05") == 1
    assert count(joined__gte=PartialDate(1932, 5)) == 2
    assert count(joined__lte=date(1932, 5, 6)) == 3
    assert count(birth__in=[PartialDate(1932), PartialDate(1932, 5)]) == 2
    assert count(joined=None) == count(birth="") == 1


def test_what_is_saved_is_always_a_date(table):
    row = Sample.objects.create(birth="1932-05", joined=date(1949, 9, 1))
    row.refresh_from_db()
    assert (row.birth, row.joined) == (PartialDate(1932, 5), PartialDate(1949, 9, 1))
    with pytest.raises(ValidationError):
        Sample.objects.create(birth="1932.5")


def test_model_validation():
    row = Sample(birth="1932-05", phone="1", note="1")
    row.clean_fields()
    assert row.birth == PartialDate(1932, 5)
    assert Sample().birth is None
    with pytest.raises(ValidationError) as caught:
        Sample(birth="五月", note="1").clean_fields()
    assert list(caught.value.message_dict) == ["birth"]


def test_migrations_can_rebuild_the_field():
    _, path, args, kwargs = PartialDateField("出生年月", blank=True).deconstruct()
    assert (path, args, kwargs) == (
        "common.fields.PartialDateField",
        [],
        {"verbose_name": "出生年月", "blank": True},
    )
    assert PartialDateField(*args, **kwargs).max_length == 10


class SampleForm(forms.Form):
    birth = PartialDateFormField(required=False, today=date(2026, 11, 1))


def test_form_field():
    assert SampleForm({"birth": "1932年5月6日"}).fields["birth"].clean("1932.05") == PartialDate(1932, 5)
    assert SampleForm({"birth": ""}).is_valid()
    form = SampleForm({"birth": "32.05"})
    assert form.errors.as_data()["birth"][0].code == "date_two_digit_year"
    assert "年份只写了两位" in form.errors["birth"][0]
    assert 'value="1932-05"' in str(SampleForm(initial={"birth": PartialDate(1932, 5)})["birth"])
    same = SampleForm({"birth": "1932.05"}, initial={"birth": PartialDate(1932, 5)})
    assert not same.has_changed()
    assert SampleForm({"birth": "1932.06"}, initial={"birth": PartialDate(1932, 5)}).has_changed()


def test_model_form_takes_the_same_writings():
    field = Sample._meta.get_field("birth").formfield()
    assert isinstance(field, PartialDateFormField)
    assert field.clean("1932年5月6日（94岁）") == PartialDate(1932, 5, 6)
    assert field.clean("") is None
