"""Exports: the people behind a figure, and those behind a difference."""

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
