"""Bulk writes: what is inserted beside the preparing thread is what would be inserted by it."""

import gc

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common.bulk import insert_columns, inserting_beside, reserve_ids, without_collector
from common.models import AuditDetail, AuditEntry

pytestmark = pytest.mark.django_db


def details(entry: int, words: list[str], start: int = 0) -> None:
    columns = {
        "entry_id": entry, "position": list(range(start, start + len(words))), "action": words,
        "target_type": "cadres.cadre", "target_id": [str(number) for number in range(len(words))], "sealed_changes": "",
    }  # fmt: skip
    insert_columns(AuditDetail, len(words), columns)


def entry() -> int:
    return AuditEntry.objects.create(number=1, at=timezone.now(), action="roster.commit", hash="x").pk


WORDS = ["平常", "带\t制表", "换\n行", "反\\斜", "'引号\"", "\\N", ""]


def test_inserted_beside_or_at_once_the_rows_are_the_same():
    pk = entry()
    details(pk, WORDS)
    at_once = list(AuditDetail.objects.order_by("position").values_list("action", "target_id"))
    with inserting_beside():
        for start in range(100, 200, 10):
            details(pk, WORDS, start)
        assert AuditDetail.objects.filter(position__gte=100).count() == 10 * len(WORDS)  # waits for all before it
        details(pk, WORDS, 200)
    beside = list(AuditDetail.objects.order_by("position").values_list("action", "target_id"))
    assert beside == at_once * 12


def test_a_failing_chunk_takes_everything_back():
    pk = entry()
    with pytest.raises(DatabaseError), transaction.atomic(), inserting_beside():
        details(pk, WORDS)
        details(pk, ["太长" * 100 if connection.vendor == "postgresql" else None], 50)
        details(pk, WORDS, 100)
    assert not AuditDetail.objects.exists()


def test_an_error_of_the_preparing_thread_waits_for_the_insert_under_way():
    pk = entry()
    with pytest.raises(RuntimeError), transaction.atomic(), inserting_beside():
        details(pk, WORDS * 1000)
        raise RuntimeError
    assert not AuditDetail.objects.exists()


def test_reserved_keys_are_free_and_given_once():
    first, second = (list(reserve_ids(AuditDetail, 1000)) for _ in range(2))
    assert len(set(first)) == 1000
    if connection.vendor == "postgresql":
        assert not set(first) & set(second)


def test_the_collector_rests_only_inside():
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), without_collector():
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled()
    gc.disable()
    try:
        with without_collector():
            pass
        assert not gc.isenabled()  # somebody else's pause is left alone
    finally:
        gc.enable()
