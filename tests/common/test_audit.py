"""The audit chain finds whatever was altered, removed, reordered or cut off."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction

from common import audit
from common.models import AuditDetail, AuditEntry, AuditHead


def raw(sql: str, *params) -> None:
    """What somebody who owns the database would do: on PostgreSQL the trigger has to be silenced first."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, params)
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")


def test_the_database_itself_refuses_changes(chain):
    if connection.vendor != "postgresql":
        assert connection.vendor == "sqlite"  # no roles to keep apart: the chain alone protects
        return
    for sql in ("DELETE FROM common_auditentry", "UPDATE common_auditentry SET actor_name = ''"):
        with pytest.raises(InternalError, match="final"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.fixture
def chain(cast):
    for number in range(5):
        audit.record(actor=cast.staff, action="cadre.view", target=cast.cadre_a, reason=f"第{number}次")
    audit.record(
        actor=cast.staff,
        action="roster.commit",
        details=[
            audit.Detail("cadre.create", "cadres.cadre", "1"),
            audit.Detail("cadre.change", "cadres.cadre", "2", {"rank": ["132", "131"]}),
        ],
    )
    assert list(audit.verify()) == []
    return cast


def codes() -> set[str]:
    return {fault.code for fault in audit.verify()}


def test_an_untouched_chain_verifies(chain):
    output = io.StringIO()
    call_command("verify_audit", stdout=output)
    assert "完好" in output.getvalue()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor_name", "别人"),
        ("action", "cadre.reveal"),
        ("target_id", "99999"),
        ("ip", "10.0.0.9"),
        ("sealed_reason", ""),
    ],
)
def test_an_altered_entry_is_found(chain, column, value):
    number = AuditEntry.objects.order_by("-number")[2].number
    raw(f"UPDATE common_auditentry SET {column} = %s WHERE number = %s", value, number)
    assert "altered" in codes()
    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=io.StringIO())


def test_a_removed_entry_is_found(chain):
    number = AuditEntry.objects.order_by("-number")[2].number
    raw("DELETE FROM common_auditentry WHERE number = %s", number)
    assert "removed" in codes()


def test_a_removed_and_renumbered_entry_is_found(chain):
    number = AuditEntry.objects.order_by("-number")[2].number
    raw("DELETE FROM common_auditentry WHERE number = %s", number)
    raw("UPDATE common_auditentry SET number = number - 1 WHERE number > %s", number)
    assert {"altered", "reordered"} & codes()


def test_swapped_entries_are_found(chain):
    a, b = AuditEntry.objects.order_by("-number").values_list("number", flat=True)[1:3]
    for old, new in ((a, 900001), (b, 900002), (900001, b), (900002, a)):
        raw("UPDATE common_auditentry SET number = %s WHERE number = %s", new, old)
    assert "reordered" in codes()


def test_a_cut_off_end_is_found(chain):
    last = AuditEntry.objects.order_by("-number")[0]
    raw("DELETE FROM common_auditdetail WHERE entry_id = %s", last.pk)
    raw("DELETE FROM common_auditentry WHERE id = %s", last.pk)
    assert "truncated" in codes()
    before = AuditEntry.objects.order_by("-number")[0]
    raw("UPDATE common_audithead SET count = %s, last_hash = %s", before.number, before.hash)
    assert "head" in codes()


def test_an_altered_or_removed_detail_of_a_bulk_write_is_found(chain):
    detail = AuditDetail.objects.get(target_id="2")
    assert detail.changes == {"rank": ["132", "131"]}
    raw("UPDATE common_auditdetail SET target_id = '3' WHERE id = %s", detail.pk)
    assert "details" in codes()
    raw("DELETE FROM common_auditdetail WHERE id = %s", detail.pk)
    assert "details" in codes()


def test_a_lost_head_is_found(chain):
    raw("DELETE FROM common_audithead")
    assert "head" in codes()


def test_entries_cannot_be_changed_or_deleted_through_the_models(chain):
    with pytest.raises(TypeError):
        AuditEntry.objects.all().delete()
    with pytest.raises(TypeError):
        AuditEntry.objects.first().delete()
    with pytest.raises(TypeError):
        AuditEntry.objects.update(actor_name="")
    with pytest.raises(TypeError):
        AuditDetail.objects.all().delete()


def test_an_unknown_action_code_is_refused(cast):
    with pytest.raises(ValueError, match="unknown audit action"):
        audit.record(actor=cast.staff, action="cadre.whatever")


def test_the_entry_is_part_of_the_transaction(cast):
    count = AuditHead.objects.get().count
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record(actor=cast.staff, action="cadre.view", target=cast.cadre_a)
        raise RuntimeError
    assert AuditHead.objects.get().count == count
    assert list(audit.verify()) == []


def test_no_personal_data_stands_clear_in_the_trail(cast):
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_changes, sealed_reason, actor_name, target_id FROM common_auditentry")
        text = str(cursor.fetchall())
    for secret in (cast.cadre_a.id_number, cast.cadre_a.phone, cast.cadre_a.name):
        assert secret not in text
    entry = AuditEntry.objects.get(action="cadre.create", target_id=str(cast.cadre_a.pk))
    assert entry.changes["id_number"][1] == cast.cadre_a.masked_id
