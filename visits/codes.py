"""Words of visiting: why, how, and what a notice tells of."""

from __future__ import annotations

from django.db import models


class Occasion(models.TextChoices):
    """Why somebody is visited: the festivals, the 必访 events, and ordinary days."""

    SPRING = "spring", "春节"
    NEW_YEAR = "new_year", "元旦"
    JULY_FIRST = "july_first", "七一"
    AUGUST_FIRST = "august_first", "八一"
    MID_AUTUMN = "mid_autumn", "中秋"
    NATIONAL_DAY = "national_day", "国庆"
    DOUBLE_NINTH = "double_ninth", "重阳"
    BIRTHDAY = "birthday", "祝寿"
    HOSPITAL = "hospital", "住院"
    DISASTER = "disaster", "灾祸"
    CALL = "call", "电话要求"
    DEATH = "death", "去世"
    ORDINARY = "ordinary", "日常"


class Manner(models.TextChoices):
    HOME = "home", "登门"
    HOSPITAL = "hospital", "医院"
    PHONE = "phone", "电话"
    VIDEO = "video", "视频"
    GATHERING = "gathering", "集体"
    ENTRUSTED = "entrusted", "委托转送"


MANNER_PHRASES = {
    Manner.HOME: "登门看望",
    Manner.HOSPITAL: "到医院看望",
    Manner.PHONE: "打电话问候",
    Manner.VIDEO: "视频问候",
    Manner.GATHERING: "集体慰问",
    Manner.ENTRUSTED: "托人慰问",
}


class NoticeKind(models.TextChoices):
    BIRTHDAY = "birthday", "生日"
    FESTIVAL = "festival", "节日"
    ROSTER_DUE = "roster_due", "名册"
    RETURNED = "returned", "名册退回"
    VERIFICATION = "verification", "生存核实"
    PROPOSAL = "proposal", "提议"
    REPORT = "report", "上报"


class Channel(models.TextChoices):
    INBOX = "inbox", "站内"
