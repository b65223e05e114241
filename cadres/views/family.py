"""Relatives and contacts of a person."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse

from cadres import actions
from cadres.forms import FamilyForm
from cadres.models import Cadre, FamilyMember
from common.forms import EditForm
from common.views import FormPage


class FamilyPage(FormPage):
    template_name = "cadres/step_form.html"
    form_class: Any = FamilyForm
    right = "cadre.view"
    change_right = "cadre.change"

    @property
    def cadre(self) -> Cadre:
        return self.instance if isinstance(self.instance, Cadre) else self.instance.cadre

    def get_success_url(self) -> str:
        return f"{reverse('cadres:cadre_detail', args=[self.cadre.pk])}?tab=family"


class FamilyCreatePage(FamilyPage):
    model = Cadre
    success_message = "{object.name}已记下"

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": None}

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(cadre=self.cadre, title=f"登记{self.cadre.name}的家属", verb="记下", **kwargs)

    def perform(self, form: FamilyForm) -> FamilyMember:
        return actions.add_family_member(actor=self.request.user, cadre=self.instance, values=form.values())


class FamilyChangePage(FamilyPage):
    model = FamilyMember
    success_message = "{object.name}的资料已改好"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(
            cadre=self.cadre,
            title=f"改{self.instance.name}的资料",
            verb="改好了",
            remove_url=reverse("cadres:family_remove", args=[self.instance.pk]),
            **kwargs,
        )

    def perform(self, form: FamilyForm) -> FamilyMember:
        return actions.change_family_member(
            actor=self.request.user,
            member=self.instance,
            values=form.values(),
            version=form.cleaned_data["version"],
        )


class FamilyRemovePage(FamilyPage):
    model = FamilyMember
    form_class = EditForm
    success_message = "已从家庭成员里移除"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        member = self.instance
        return super().get_context_data(
            cadre=self.cadre,
            title=f"把{member.name}从{self.cadre.name}的家庭成员里移除？",
            consequences=["姓名、关系和电话从档案里去掉", "改动记录里留有这一步"],
            verb=f"移除{member.name}",
            danger=True,
            **kwargs,
        )

    def get_success_url(self) -> str:
        return f"{reverse('cadres:cadre_detail', args=[self.removed_from])}?tab=family"

    def perform(self, form: EditForm) -> Cadre:
        self.removed_from = self.cadre.pk
        actions.remove_family_member(actor=self.request.user, member=self.instance)
        return get_object_or_404(Cadre.objects.visible_to(self.request.user), pk=self.removed_from)
