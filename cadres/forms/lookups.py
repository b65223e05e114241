"""Forms about organizations and the words outside the dictionaries."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Organization, OrganizationKind
from cadres.forms.people import choice, text
from cadres.models import Cadre, ValueAlias
from cadres.widgets import OrganizationField
from common.codes import Level, Nature
from common.forms import EditForm


class OrganizationForm(EditForm):
    """A unit. ``parent`` only on a new one: moving is a step of its own."""

    parent = OrganizationField(label="上级", kinds="any", right="organization.change")
    name = text("名称", 100, required=True)
    short_name = text("简称", 40, help_text="名单里显示，如“市水利局”")
    code = text("单位代码", 30, help_text="不填就按上级自动编")
    kind = forms.ChoiceField(
        label="类别",
        choices=[(value, label) for value, label in OrganizationKind.choices if value != OrganizationKind.CITY_BUREAU],
        initial=OrganizationKind.UNIT,
    )
    nature = choice(Nature, label="单位性质", help_text="独立核算单位才选：机关、事业、企业")
    level = choice(Level, label="隶属", help_text="不选就随上级")
    active = forms.BooleanField(label="在用", required=False, initial=True)

    def __init__(self, *args, user: Any, instance: Organization | None = None, **kwargs) -> None:
        if instance is not None:
            names = ("name", "short_name", "code", "kind", "nature", "level", "active")
            own = {name: getattr(instance, name) for name in names}
            kwargs["initial"] = {**own, **(kwargs.get("initial") or {})}
        super().__init__(*args, user=user, instance=instance, **kwargs)
        self.fields["parent"].user = user
        if instance is None:
            del self.fields["active"]
            return
        del self.fields["parent"]
        self.fields["code"].required = self.fields["level"].required = True
        self.fields["code"].help_text = self.fields["level"].help_text = ""
        if instance.parent_id is None:
            self.fields["kind"].choices = [(instance.kind, instance.get_kind_display())]


class MoveOrganizationForm(EditForm):
    parent = OrganizationField(label="挂到哪个上级下面", kinds="any", right="organization.change")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].user = self.user


class OrganizationFileForm(EditForm):
    file = forms.FileField(
        label="单位名单", help_text="Excel 工作簿（.xlsx），第一行是栏目：单位代码、名称、简称、类别、上级代码、性质、隶属",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.et"}),
    )  # fmt: skip


class ValueForm(EditForm):
    """What a word outside the dictionary means."""

    code = forms.ChoiceField(label="认定为")

    def __init__(self, *args, user: Any, instance: ValueAlias, **kwargs) -> None:
        kwargs["initial"] = {"code": instance.code, **(kwargs.get("initial") or {})}
        super().__init__(*args, user=user, instance=instance, **kwargs)
        choices = Cadre._meta.get_field(instance.field).choices or ()
        self.fields["code"].choices = [("", "请选择"), *choices]
