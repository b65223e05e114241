"""Exports: the people behind a figure and behind a difference, the board, the ranking, what changed after sealing."""

from __future__ import annotations

from import_export import resources
from import_export.fields import Field


class LineResource(resources.Resource):
    """One row for each person; no identity numbers, no phones."""

    name = Field("name", "姓名")
    sex = Field("sex", "性别")
    age = Field("age", "年龄")
    unit = Field("unit", "单位")
    post = Field("post", "原职务")
    retired_on = Field("retired_on", "离退休时间")
    rank = Field("rank", "级别")
    basis = Field("basis", "计入依据")


class StepResource(resources.Resource):
    """One row for each person who makes a difference, with the reason."""

    sign = Field("sign", "增减")
    cause = Field("cause__value", "原因")
    name = Field("name", "姓名")
    unit = Field("unit", "单位")
    on = Field("on", "日期")
    words = Field("words", "说明")
    by = Field("by", "登记人")


class SubmissionResource(resources.Resource):
    """The board: one row for each organization that owes a report."""

    organization = Field("organization__name", "单位")
    district = Field("organization__district__name", "所在区县")
    level = Field("get_level_display", "层级")
    state = Field("get_state_display", "进展")
    submitted_by = Field("submitted_by__display_name", "上报人")
    submitted_at = Field("submitted_text", "上报时间")
    times_returned = Field("times_returned", "退回次数")
    returned_words = Field("returned_words", "退回意见")
    approved_by = Field("approved_by__display_name", "审核人")
    approved_at = Field("approved_text", "审核时间")


class RankingResource(resources.Resource):
    place = Field("place", "名次")
    organization = Field("row__organization__name", "单位")
    total = Field("total", "得分")
    words = Field("words", "怎么得的")


class LaterFigureResource(resources.Resource):
    table = Field("table__number", "表号")
    title = Field("table__title", "表名")
    place = Field("place", "行和栏")
    sealed = Field("sealed", "封存的数")
    live = Field("live", "现在的数")
    difference = Field("difference", "差")


class LaterPersonResource(resources.Resource):
    name = Field("name", "姓名")
    unit = Field("unit", "单位")
    what = Field("what", "变了什么")
    entries = Field("entries", "封存后的登记")
