"""疑似重复: the queue, two files side by side, merging them, calling them two people, and taking a merge back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from cadres import actions
from cadres.duplicates import compare
from cadres.exports import DuplicateResource
from cadres.filters import DuplicateFilter, MergeFilter
from cadres.forms.duplicates import DifferentForm, MergeForm, UnmergeForm
from cadres.lists import age_of, link_of
from cadres.models import CadreMerge, DuplicatePair, PairState, Reason
from cadres.tables import DuplicateTable, MergeTable
from cadres.views.people import chosen_conditions
from common import audit
from common.views import FormPage, ListPage

PEOPLE = ("low__unit", "high__unit", "low__community", "high__community", "settled_by")


class DuplicateListPage(ListPage):
    model = DuplicatePair
    right = "cadre.change"
    table_class = DuplicateTable
    filterset_class = DuplicateFilter
    template_name = "cadres/duplicate_list.html"
    export_resource = DuplicateResource
    export_right = "cadre.change"
    export_action = "duplicate.export"
    export_name = "疑似重复"

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().select_related(*PEOPLE).order_by("-weight", "pk")

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, form = self.request.GET, context["filter"].form
        chosen = chosen_conditions(form, query)
        context.update(
            form=form,
            main=("reason", "district", "state"),
            chosen=chosen,
            clear_url=link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
            count=context["table"].paginator.count,
            may_export=self.may_export,
            export_xlsx=link_of(query, export="xlsx"),
        )
        return context


class PairPage(FormPage):
    """A step about one pair. A pair that was merged leads to the kept file."""

    model = DuplicatePair
    right = "cadre.change"
    change_right = "cadre.change"

    def dispatch(self, request: HttpRequest, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except Http404:
            merges = CadreMerge.objects.visible_to(request.user).standing().filter(pair_pk=kwargs["pk"])
            merge = merges.select_related("kept").first()
            if merge is None:
                raise
            messages.info(request, f"这两份档案已经合并，这是保留下来的{merge.kept.name}的档案")
            return HttpResponseRedirect(reverse("cadres:cadre_detail", args=[merge.kept_id]))


class DuplicatePage(PairPage):
    """Both files, line by line; what is chosen here is what the merge does."""

    form_class = MergeForm
    template_name = "cadres/duplicate_detail.html"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        for cadre in (self.instance.low, self.instance.high):
            audit.record(actor=request.user, action="cadre.view", target=cadre, changes={"form": [None, "核对重复"]})
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        pair, form = self.instance, context["form"]
        low, high = pair.low, pair.high
        differ, equal, fixed = compare.lines(low, high)
        today = timezone.localdate()
        reasons = [str(label) for label in pair.reason_words]
        context.update(
            pair=pair,
            low=low,
            high=high,
            ages=(age_of(low, today), age_of(high, today)),
            reasons=reasons,
            rows=[
                {"line": line, "field": form[f"of_{line.name}"], "options": list(form[f"of_{line.name}"])}
                for line in differ
                if f"of_{line.name}" in form.fields
            ],
            equal=equal,
            fixed=fixed,
            attached=compare.attached(low, high),
            keep=list(form["keep"]),
            waiting=pair.state == PairState.OPEN,
            numbers_close=Reason.ID_CLOSE in pair.reasons,
            two_numbers=compare.two_numbers(low, high),
            standings_differ=low.standing != high.standing,
        )
        return context

    def form_invalid(self, form: Any) -> HttpResponse:
        """Whatever is typed stays; the versions are those of the rows now shown."""
        form.data = form.data.copy()
        form.data["low_version"], form.data["high_version"] = self.instance.low.version, self.instance.high.version
        return super().form_invalid(form)

    def perform(self, form: MergeForm) -> CadreMerge:
        pair = self.instance
        kept, absorbed = (pair.low, pair.high) if form.cleaned_data["keep"] == compare.LOW else (pair.high, pair.low)
        if pair.state != PairState.OPEN:
            raise ValidationError("这两份档案已认定不是同一人；要合并，先改回等着核对")
        merge = actions.merge_cadres(
            actor=self.request.user,
            kept=kept,
            absorbed=absorbed,
            from_absorbed=form.from_absorbed(),
            reason=form.cleaned_data["reason"],
            versions={pair.low_id: form.cleaned_data["low_version"], pair.high_id: form.cleaned_data["high_version"]},
            chosen_number="id_number" in form.differing,
        )
        self.success_message = "两份档案已合成一份；合并错了，可以在“合并记录”里撤销"
        if merge.dropped:
            words = "、".join(f"{label} {count} 条" for label, count in merge.dropped.items())
            self.success_message += f"。两份都有、只留一条的：{words}"
        return merge

    def get_success_url(self) -> str:
        return reverse("cadres:cadre_detail", args=[self.object.kept_id])


class DifferentPage(PairPage):
    """不是同一人, and back."""

    form_class = DifferentForm
    template_name = "cadres/duplicate_step.html"

    @property
    def settled(self) -> bool:
        return self.instance.state == PairState.DIFFERENT

    def get_form(self, form_class: Any = None) -> DifferentForm:
        form = super().get_form(form_class)
        if self.settled:
            del form.fields["words"]
        return form

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        pair = self.instance
        names = f"{pair.low.name}（{pair.low.unit.name}）和{pair.high.name}（{pair.high.unit.name}）"
        texts = (
            {"title": f"{names}要重新核对？", "consequences": ["回到“疑似重复”里，等着核对"], "verb": "改回等着核对"}
            if self.settled
            else {
                "title": f"{names}不是同一人？",
                "consequences": [
                    "两份档案都不动",
                    "从“疑似重复”里去掉，以后每天夜里再查也不再列出",
                    "认定错了可以改回来",
                ],
                "verb": "不是同一人",
            }
        )
        return super().get_context_data(back=reverse("cadres:duplicate", args=[pair.pk]), **texts, **kwargs)

    def perform(self, form: DifferentForm) -> DuplicatePair:
        if self.settled:
            self.success_message = "已改回等着核对"
            return actions.reopen_pair(actor=self.request.user, pair=self.instance)
        self.success_message = "已认定不是同一人，以后不再列出"
        return actions.mark_different(actor=self.request.user, pair=self.instance, words=form.cleaned_data["words"])

    def get_success_url(self) -> str:
        if self.object.state == PairState.OPEN:
            return reverse("cadres:duplicate", args=[self.object.pk])
        return reverse("cadres:duplicate_list")


class MergeListPage(ListPage):
    model = CadreMerge
    right = "cadre.change"
    table_class = MergeTable
    filterset_class = MergeFilter
    template_name = "cadres/merge_list.html"

    def get_queryset(self) -> QuerySet:
        merges = super().get_queryset().select_related("kept__unit", "absorbed_unit", "merged_by", "undone_by")
        return merges.order_by("-merged_at", "-pk")

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        query, form = self.request.GET, context["filter"].form
        chosen = chosen_conditions(form, query)
        context.update(
            form=form,
            main=("state",),
            chosen=chosen,
            clear_url=link_of(query, **{item["name"]: None for item in chosen}) if chosen else "",
            count=context["table"].paginator.count,
        )
        return context


class UnmergePage(FormPage):
    model = CadreMerge
    right = "cadre.change"
    change_right = "cadre.change"
    form_class = UnmergeForm
    template_name = "cadres/duplicate_step.html"
    success_message = "已撤销合并，两份档案都回到合并以前的样子"

    def get_context_data(self, **kwargs) -> dict[str, Any]:
        merge = self.instance
        return super().get_context_data(
            title=f"撤销合并，把{merge.absorbed_name}分回单独一份？",
            consequences=[
                f"{merge.absorbed_name}（{merge.absorbed_unit.name}）的档案、状态、走访、家属都回到合并以前",
                f"合并以后给{merge.kept.name}新记的走访、提醒等，留在{merge.kept.name}这一份",
                "合并时选过的栏目如果后来又改过，不会冲掉，系统会指出是哪几处",
            ],
            verb="撤销合并",
            danger=True,
            back=reverse("cadres:merge_list"),
            **kwargs,
        )

    def perform(self, form: UnmergeForm) -> CadreMerge:
        return actions.unmerge_cadres(actor=self.request.user, merge=self.instance, reason=form.cleaned_data["reason"])

    def get_success_url(self) -> str:
        return reverse("cadres:cadre_detail", args=[self.object.absorbed_pk])
