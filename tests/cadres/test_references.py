"""The database itself refuses people, states and events that refer to nothing, whichever way they are written."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from cadres.models import Cadre, CadreState, StatusEvent
from common.models import AuditDetail
from tests.factories import make_cadre

pytestmark = pytest.mark.django_db
NOWHERE = 99_999_999


def refused(write) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        write()
        connection.check_constraints()  # SQLite looks at COMMIT only


@pytest.mark.parametrize("model", [Cadre, CadreState, StatusEvent])
def test_a_unit_that_does_not_exist(cast, model):
    make_cadre(cast.unit_a)
    refused(lambda: model.objects.update(unit_id=NOWHERE))
    refused(lambda: model.objects.update(district_id=NOWHERE))
    row = model.objects.order_by("pk").values(*(f.attname for f in model._meta.concrete_fields if f.attname != "id"))[0]
    if model is Cadre:
        row["id_digest"] = ""
    else:
        row["cadre_id"] = NOWHERE
    refused(lambda: model(**{**row, "unit_id": NOWHERE}).save(force_insert=True))


def test_a_person_still_referred_to_stays(cast):
    cadre = make_cadre(cast.unit_a)

    def remove():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM cadres_cadre WHERE id = %s", [cadre.pk])

    assert cadre.states.exists()
    refused(remove)


def test_a_unit_still_referred_to_stays(cast):
    cadre = make_cadre(cast.unit_a)

    def remove():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_organization SET id = %s WHERE id = %s", [NOWHERE, cadre.unit_id])

    refused(remove)


def test_an_audit_detail_belongs_to_an_entry():
    refused(lambda: AuditDetail.objects.create(entry_id=NOWHERE, position=0, action="", target_type="", target_id=""))


def test_a_person_removed_takes_the_history_along(cast):
    cadre = make_cadre(cast.unit_a)
    cadre.delete()
    assert not CadreState.objects.filter(cadre_id=cadre.pk).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL has the triggers")
def test_the_migration_can_be_undone():
    def kinds():
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, "cadres_cadrestate").values()
        return sorted(c["columns"][0] for c in constraints if c["foreign_key"])

    assert kinds() == []
    try:
        call_command("migrate", "cadres", "0004", verbosity=0)
        assert kinds() == ["cadre_id", "district_id", "unit_id"]
    finally:
        call_command("migrate", verbosity=0)
    assert kinds() == []
