"""Death, its undoing, transfers: one step a page, the consequences counted before."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse

from cadres import actions, history, sealed
from cadres.forms import DeceaseForm, MoveInForm, MoveOutForm, ReasonForm
from cadres.models import Cadre, Standing
from cadres.views.verification import words_of
from common.views import FormPage


class StatusPage(FormPage):
    """A step about one person; ``standings``: those in which the step makes sense (else 404)."""

    model = Cadre
    right = "cadre.view"
    change_right = "cadre.change"
    template_name = "cadres/step_form.html"
    standings: tuple[str, ...] = (Standing.PRESENT,)
    title = "{name}"
    lead = ""
    verb = ""
    warning = ""
    danger = False

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        if request.method == "GET" and self.instance.standing not in self.standings:
            raise Http404
        return response

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        return super().get_context_data(
            cadre=self.instance,
            title=self.title.format(name=self.instance.name),
            lead=self.lead,
            verb=self.verb,
            warning=self.warning,
            danger=self.danger,
            consequences=[*self.consequences(), *filter(None, [sealed.hint()])],
            **kwargs,
        )

    def consequences(self) -> list[str]:
        return []

    def get_success_url(self) -> str:
        return reverse("cadres:cadre_detail", args=[self.instance.pk])


class DeceasePage(StatusPage):
    form_class = DeceaseForm
    title = "登记{name}去世？"
    verb = "登记去世"
    success_message = "已登记{object.name}去世，档案照旧保存"
    warning = "登记错了可以在档案里撤销，撤销要写原因"

    def consequences(self) -> list[str]:
        cadre = self.instance
        lines = [
            f"{cadre.unit.name}在册的{cadre.get_category_display()}人员从那一天起少 1 人，当天起不再计入统计",
            "增减变动里记一件“去世”",
            "生日提醒和节日名单里不再出现",
        ]
        contacts = cadre.family.filter(emergency=True).count()
        lines.append(
            f"家庭成员 {cadre.family.count()} 人的联系方式留着，其中紧急联系人 {contacts} 人"
            if cadre.family.exists()
            else "还没有登记家属，办后事前请先补上联系人"
        )
        state = history.open_state(cadre)
        if state is not None:
            lines.append(f"去世日期要在进名册的 {state.cadre.states.earliest('valid_from').valid_from:%Y-%m-%d} 以后")
        return lines

    def get_initial(self) -> dict[str, Any]:
        return {"note": words_of(self.request.user, self.request.GET.get("verified", ""))}

    def perform(self, form: DeceaseForm) -> Cadre:
        values = form.values()
        return actions.decease_cadre(
            actor=self.request.user, cadre=self.instance, died_on=values["on"], note=values["note"]
        )


class UndoDeathPage(StatusPage):
    form_class = ReasonForm
    standings = (Standing.DECEASED,)
    title = "撤销{name}的去世登记？"
    verb = "撤销去世登记"
    success_message = "已撤销，{object.name}重新在册"
    danger = True

    def consequences(self) -> list[str]:
        day = self.instance.died_on
        return [
            f"{day:%Y年}{day.month}月{day.day}日的去世登记取消，从那一天起重新计入统计",
            "增减变动里的“去世”一件去掉，改动记录里留下原因",
        ]

    def perform(self, form: ReasonForm) -> Cadre:
        return actions.correct_death(actor=self.request.user, cadre=self.instance, reason=form.cleaned_data["reason"])


class MoveOutPage(StatusPage):
    form_class = MoveOutForm
    title = "登记{name}转出？"
    verb = "登记转出"
    success_message = "已登记{object.name}转出"

    def consequences(self) -> list[str]:
        return [
            f"从转出那一天起，{self.instance.unit.name}不再统计这个人",
            "转到本市单位的，同一天记作那个单位转入；转到外地的，档案留存，不再在册",
        ]

    def perform(self, form: MoveOutForm) -> Cadre:
        return actions.move_out(actor=self.request.user, cadre=self.instance, **form.values())


class MoveInPage(StatusPage):
    form_class = MoveInForm
    standings = (Standing.MOVED_OUT,)
    title = "登记{name}转回？"
    verb = "登记转入"
    success_message = "已登记{object.name}转入"

    def consequences(self) -> list[str]:
        return ["从转入那一天起重新在册，计入转入单位的统计", "以前的档案和记录接着用"]

    def perform(self, form: MoveInForm) -> Cadre:
        return actions.move_in(actor=self.request.user, cadre=self.instance, **form.values())
