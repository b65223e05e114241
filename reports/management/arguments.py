"""What the commands of the yearly tables have in common: --year and --as-of."""

from __future__ import annotations

import argparse
import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.models import Organization
from reports.engine.scope import Asked


def day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("日期写成 2017-12-31 这样") from None


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--year", type=int, required=True, help="年度")
    parser.add_argument("--as-of", type=day, help="截止日期，不写就是当年12月31日")
    parser.add_argument("--organization", default="", help="单位代码，只统计这个单位和它的下级")


def asked_for(options: dict[str, Any]) -> Asked:
    """The whole city, or one organization of it, as of the day."""
    as_of = options["as_of"] or datetime.date(options["year"], 12, 31)
    if as_of.year != options["year"]:
        raise CommandError(f"截止日期 {as_of} 不在 {options['year']} 年内")
    organization = None
    if options["organization"]:
        organization = Organization.objects.filter(code=options["organization"]).first()
        if organization is None:
            raise CommandError(f"没有代码为 {options['organization']} 的单位")
    return Asked(as_of, organization=organization, whole_city=True)
