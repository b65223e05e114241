"""The template tags of the look: figures, dates, masks, forms, tables, charts."""

from __future__ import annotations

import datetime
import json
import re

import django_tables2 as tables
import pytest
import time_machine
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from common.dates import PartialDate
from common.templatetags import songhe


def render(source: str, **context) -> str:
    return Template("{% load songhe %}" + source).render(Context(context))


# -- figures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (38111, None, "38,111"),
        (0, None, "0"),
        (-134, None, "−134"),
        ("96.25", 1, "96.3"),
        ("-0.04", 1, "0.0"),
        (None, None, ""),
        ("", None, ""),
        ("不详", None, "不详"),
        (float("nan"), None, "nan"),
    ],
)
def test_num(value, places, shown) -> None:
    assert songhe.num(value, places) == shown


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_num_keeps_every_digit(value: int) -> None:
    shown = songhe.num(value)
    assert int(shown.replace(",", "").replace(songhe.MINUS, "-")) == value
    assert "-" not in shown
    assert all(len(group) == 3 for group in shown.lstrip(songhe.MINUS).split(",")[1:])


@pytest.mark.parametrize(("value", "shown"), [(1781, "＋1,781"), (-134, "−134"), (0, "0"), (None, "")])
def test_signed(value, shown) -> None:
    assert songhe.signed(value) == shown


def test_money_and_rates() -> None:
    assert songhe.money(41820) == "41,820元"
    assert songhe.money("41820.5") == "41,820.50元"
    assert songhe.wan(468000) == "46.8万元"
    assert songhe.rate("0.962") == "96.2%"


@pytest.mark.parametrize(
    ("value", "total", "name"),
    [(0, 10, "w-0"), (1, 1000, "w-1"), (5, 10, "w-50"), (12, 10, "w-100"), (5, 0, "w-0"), (None, 10, "w-0")],
)
def test_width_class(value, total, name) -> None:
    assert songhe.width(value, total) == name


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_width_is_always_a_class_of_the_sheet(value: int, total: int) -> None:
    assert 0 <= int(songhe.width(value, total).removeprefix("w-")) <= 100


# -- dates and masks ------------------------------------------------------------------------------


def test_partial_date() -> None:
    assert songhe.partial(PartialDate(1932, 5, None)) == "1932年5月"
    assert songhe.partial(None) == ""


@time_machine.travel("2018-01-08 02:00:00+00:00")
def test_days_of_this_year_leave_the_year_out() -> None:
    assert songhe.day(datetime.date(2018, 1, 4)) == "1月4日"
    assert songhe.day(datetime.date(2017, 12, 31)) == "2017年12月31日"
    assert songhe.fullday(datetime.date(2018, 1, 4)) == "2018年1月4日"
    # midnight in the bureau is still the day before in UTC
    assert songhe.moment(datetime.datetime(2018, 1, 7, 16, 5, tzinfo=datetime.UTC)) == "1月8日 00:05"


def test_masks() -> None:
    assert songhe.masked_id("990104193105120917") == "990104********0917"
    assert songhe.masked_phone("13812346625") == "138****6625"
    assert songhe.masked_bank("6222020000001234") == "****1234"
    assert songhe.masked_id("") == songhe.masked_phone(None) == ""


# -- icons ----------------------------------------------------------------------------------------


def test_icon_is_decoration_unless_it_speaks() -> None:
    assert 'aria-hidden="true"' in render('{% icon "home" %}')
    assert "#i-home" in render('{% icon "home" %}')
    spoken = render('{% icon "x" "" "去掉" %}')
    assert 'role="img"' in spoken
    assert 'aria-label="去掉"' in spoken


# -- forms ----------------------------------------------------------------------------------------


class VisitForm(forms.Form):
    name = forms.CharField(label="姓名", help_text="照身份证写")
    way = forms.ChoiceField(label="方式", choices=[("1", "医院"), ("2", "登门")], widget=forms.RadioSelect)
    unit = forms.ChoiceField(label="单位", choices=[("", "请选择"), ("1", "市水利局")], required=False)
    words = forms.CharField(label="说几句", widget=forms.Textarea, required=False)
    keep = forms.BooleanField(label="记住", required=False)
    key = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        raise forms.ValidationError("这一天已经登记过")


def field_html(name: str, data: dict | None = None) -> str:
    return render_to_string("songhe/field.html", {"field": VisitForm(data)[name]})


def test_field_names_its_hint_and_error() -> None:
    html = field_html("name", {})
    assert "请填写姓名" in html
    assert 'class="fld  bad"' in html
    assert html.index("照身份证写") < html.index("请填写姓名") < html.index("<input")
    box = re.search(r"<input[^>]*>", html)[0]
    assert 'aria-invalid="true"' in box
    for part in re.search(r'aria-describedby="([^"]*)"', box)[1].split():
        assert f'id="{part}"' in html


def test_field_without_errors_is_plain() -> None:
    html = field_html("unit")
    assert "bad" not in html
    assert "aria-invalid" not in html
    assert "（可不填）" in html


def test_choices_are_a_group_with_a_legend() -> None:
    html = field_html("way", {})
    assert "<fieldset" in html
    assert "<legend>方式" in html
    assert html.count('type="radio"') == 2
    assert "请选择方式" in html


@pytest.mark.parametrize(("name", "how"), [("words", "area"), ("keep", "check"), ("key", "hidden"), ("unit", "line")])
def test_kind_of_field(name: str, how: str) -> None:
    assert songhe.kind(VisitForm()[name]) == how


def test_summary_counts_links_and_names() -> None:
    html = render_to_string("components/error_summary.html", {"form": VisitForm({})})
    assert "还有 3 处要改" in html
    assert '<a href="#id_name">请填写姓名</a>' in html
    assert "这一天已经登记过" in html
    assert html.count("<li>") == 3


def test_summary_is_silent_without_problems() -> None:
    assert render_to_string("components/error_summary.html", {"form": VisitForm()}).strip() == ""


def test_summary_of_a_formset() -> None:
    formset = forms.formset_factory(VisitForm, extra=0)(
        {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-name": "韩松年", "form-0-way": "9"}
    )
    found = songhe.problems(formset)
    assert {item["target"] for item in found} == {"", "id_form-0-way"}


def test_every_target_of_the_summary_is_on_the_page() -> None:
    form = VisitForm({})
    page = render_to_string("songhe/form.html", {"form": form})
    for item in songhe.problems(form):
        if item["target"]:
            assert f'id="{item["target"]}"' in page


# -- tables ---------------------------------------------------------------------------------------


class PeopleTable(tables.Table):
    pick = tables.Column(accessor="pk", verbose_name="选", orderable=False)
    name = tables.Column(verbose_name="姓名")
    empty_hint = "去掉一两个条件再找"
    empty_url = ""
    unit = "人"

    class Meta:
        template_name = "django_tables2/songhe.html"
        empty_text = "没有符合条件的人"


def table_html(rf, rows: list[dict], query: str = "") -> str:
    request = rf.get("/list/?" + query)
    table = PeopleTable(rows, request=request, order_by=request.GET.get("sort", "name"))
    table.paginate(page=int(request.GET.get("page", 1)), per_page=20)
    return table.as_html(request)


def test_table_sorts_pages_and_counts(rf) -> None:
    rows = [{"pk": number, "name": f"甲{number:02}"} for number in range(43)]
    html = table_html(rf, rows, "page=2&q=甲")
    assert "第 21–40 人，共 43 人" in html
    assert 'aria-sort="ascending"' in html
    assert 'aria-current="page" aria-label="第 2 页"' in html
    links = re.findall(r'href="\?([^"]*)"', html)
    assert links
    assert all("q=%E7%94%B2" in link for link in links), "the conditions stay on"
    assert html.count("data-pick>") == 20
    assert html.count("data-pick-all") == 1


def test_empty_table_says_what_to_do(rf) -> None:
    html = table_html(rf, [])
    assert "没有符合条件的人" in html
    assert "去掉一两个条件再找" in html
    assert "<table" not in html


def test_table_escapes_what_people_typed(rf) -> None:
    html = table_html(rf, [{"pk": 1, "name": "<script>甲"}])
    assert "<script>" not in html
    assert "&lt;script&gt;甲" in html


def test_pager_of_a_plain_list(rf) -> None:
    page = Paginator(list(range(45)), 20).page(3)
    html = render_to_string("components/pager.html", {"page": page, "request": rf.get("/?q=1"), "unit": "条"})
    assert "第 41–45 条，共 45 条" in html
    assert "下一页" not in html
    assert "page=2" in html


# -- charts ---------------------------------------------------------------------------------------

CHART = {
    "kind": "bar",
    "unit": "人",
    "labels": ["市直", "</script><b>"],
    "series": [{"name": "必访", "values": [1200, 3]}],
}


def test_chart_brings_its_figures_along() -> None:
    html = render('{% chart "cover" data "市直做得最好" %}', data=CHART)
    assert 'data-chart="cover"' in html
    assert 'aria-label="市直做得最好"' in html
    assert "1,200" in html
    assert html.count("<tr>") == 3


def test_chart_data_cannot_leave_its_block() -> None:
    html = songhe.chart_data("cover", CHART)
    assert html.count("</script>") == 1
    body = re.fullmatch(r'<script type="application/json" id="cover">(.*)</script>', html, re.S)[1]
    assert json.loads(body) == CHART


# -- components -----------------------------------------------------------------------------------


def test_steps_say_where_one_is() -> None:
    html = render_to_string("components/steps.html", {"steps": ["上传", "认表头", "预览"], "now": 2})
    assert html.count("<li") == 3
    assert re.search(r'aria-current="step">.*?认表头', html)
    assert html.count("已完成") == 1


def test_confirm_asks_and_counts(rf) -> None:
    html = render_to_string(
        "components/confirm.html",
        {"question": "要撤回吗？", "consequences": ["恢复原样 33 人"], "verb": "撤回 33 人", "danger": True},
        request=rf.get("/"),
    )
    assert "<h1>要撤回吗？</h1>" in html
    assert "csrfmiddlewaretoken" in html
    assert "dan fill" in html
    assert "撤回 33 人</button>" in html
