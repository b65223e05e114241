"""The rules of the 考核 that a bureau begins with; all may be changed or switched off."""

from decimal import Decimal

from django.db import migrations

RULES = (
    ("base", "基础分", "base", 80, None),
    ("on-time", "按期上报", "on_time", 10, None),
    ("first-pass", "一次审核通过", "first_pass", 10, None),
    ("late", "逾期", "days_late", -2, 20),
    ("returned", "被退回", "returned", -5, 20),
    ("explained", "校核不平靠说明", "explained", -1, 10),
)


def add(apps, schema_editor):
    rule = apps.get_model("reports", "AssessmentRule")
    rule.objects.bulk_create(
        rule(code=code, name=name, measure=measure, points=Decimal(points), limit=limit and Decimal(limit))
        for code, name, measure, points, limit in RULES
    )


def remove(apps, schema_editor):
    apps.get_model("reports", "AssessmentRule").objects.filter(code__in=[rule[0] for rule in RULES]).delete()


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_sealing")]
    operations = [migrations.RunPython(add, remove)]
