"""Compare the ID numbers on record with birth and sex, once; from now on every write does it."""

from itertools import islice

from django.db import migrations

from cadres.derive import id_conflict

BATCH = 2000


def fill(apps, schema_editor):
    people = apps.get_model("cadres", "Cadre").objects
    rows = people.exclude(id_digest="").only("id_number", "birth", "sex").order_by("pk").iterator(chunk_size=BATCH)
    while batch := list(islice(rows, BATCH)):
        found = []
        for person in batch:
            birth = person.birth.isoformat() if person.birth else ""
            person.id_conflict = id_conflict(_eighteen(person.id_number), birth, person.sex)
            if person.id_conflict:
                found.append(person)
        people.bulk_update(found, ["id_conflict"])


def _eighteen(number):
    """Old rows may hold a number as somebody typed it; whatever is no number is left alone."""
    from common.idcard import IdProblem, parse_id

    try:
        parsed = parse_id(number)
    except IdProblem:
        return ""
    return parsed.number if parsed else ""


class Migration(migrations.Migration):
    dependencies = [("cadres", "0005_quality")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
