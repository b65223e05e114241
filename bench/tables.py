"""All yearly tables over N people on PostgreSQL: our pass, pandas crosstabs, and ORM loops, in one run.

`python -m bench.tables [60000|1200000]`. The three give the same totals, or the run fails.
"""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections import Counter
from typing import Any

from bench.common import fresh_postgresql, peak_mb, record, set_up_django, timed

DAY, CLOSING = datetime.date(2017, 12, 31), datetime.date(2016, 12, 31)
STATE = (
    "category", "nature", "level", "district_id", "rank", "political_status", "health", "self_care", "living",
    "relocated", "cadre__sex", "cadre__ethnicity", "cadre__education", "cadre__period", "cadre__birth",
)  # fmt: skip
EVENT = ("kind", "category", "nature", "level", "district_id", "rank")
BANDS = (0, 45, 50, 55, 60, 70, 80, 90, 99, 200)


def ours() -> dict[str, int]:
    from reports.declarations import TABLES
    from reports.engine.compute import compute
    from reports.engine.scope import Asked

    results = compute(Asked(DAY, whole_city=True), TABLES.values(), TABLES)
    return {
        "leave": results["N1"].values["total", "now"],
        "retirees": results["N6"].values["total", "total"],
        "government_women_deputy": results["N6"].values["female", "government_rank132"],
        "enrolled": results["N5"].values["total", "enrolled"],
        "bachelors": results["D2"].values["education20", "retiree"],
        "leave_80": results["D1"].values["leave_age80", "last"],
    }


def _rows(day: datetime.date) -> Any:
    from django.db.models import CharField
    from django.db.models.functions import Cast

    from reports.engine.scope import Asked

    rows = Asked(day, whole_city=True).states(day)
    return rows.annotate(birth_text=Cast("cadre__birth", CharField())).values_list(*STATE[:-1], "birth_text")


def _events() -> Any:
    from reports.engine.scope import Asked

    return Asked(DAY, whole_city=True).events().values_list(*EVENT)


def _frame(day: datetime.date) -> Any:
    import pandas as pd

    frame = pd.DataFrame.from_records(
        _rows(day).iterator(chunk_size=20000), columns=[*(name.replace("cadre__", "") for name in STATE[:-1]), "birth"]
    )
    frame["age"] = day.year - pd.to_numeric(frame["birth"].str[:4])
    frame["band"] = pd.cut(frame["age"], BANDS)
    frame["party"] = frame["political_status"].isin(["01", "02"])
    frame["minority"] = ~frame["ethnicity"].isin(["", "01"])
    frame["helpless"] = (frame["self_care"] == "3") | (frame["health"] == "4")
    frame["old"] = frame["age"] >= 80
    frame["seventies"] = frame["age"].between(70, 79)
    return frame


def with_pandas() -> dict[str, int]:
    import pandas as pd

    now, last = _frame(DAY), _frame(CLOSING)
    events = pd.DataFrame.from_records(_events().iterator(chunk_size=20000), columns=list(EVENT))
    made: list[Any] = []
    for category in ("leave", "retiree"):
        for frame in (now, last):
            mine = frame[frame["category"] == category]
            made += [
                pd.crosstab(mine["nature"], [mine["level"], mine["district_id"].fillna(0)], margins=True),
                pd.crosstab(mine["nature"], mine["rank"], margins=True),
            ]
        told = events[events["category"] == category]
        made += [
            pd.crosstab(told["nature"], [told["kind"], told["rank"]], margins=True),
            pd.crosstab([told["nature"], told["level"]], told["kind"], margins=True),
        ]
    leave, retired = now[now["category"] == "leave"], now[now["category"] == "retiree"]
    for nature in ("gov", "inst", "ent"):
        mine = leave[leave["nature"] == nature]
        for column in ("period", "party", "helpless", "seventies", "old"):
            made.append(pd.crosstab(mine["rank"], [mine[column], mine["relocated"]], margins=True))
    sixth = {
        row: pd.crosstab(retired[row], [retired["nature"], retired["rank"]], margins=True)
        for row in ("sex", "minority", "party", "band", "level")
    }
    second = {
        row: pd.crosstab(now[row], now["category"], margins=True)
        for row in ("band", "education", "health", "living", "party")
    }
    for frame in (now, last):
        mine = frame[frame["category"] == "leave"]
        made += [mine["age"].mean(), mine["age"].min(), mine["age"].max(), mine["relocated"].sum()]
    enrolled = events[(events["kind"] == "enrolled") & (events["category"] == "retiree")]
    return {
        "leave": len(leave),
        "retirees": len(retired),
        "government_women_deputy": int(sixth["sex"].loc["2", ("gov", "132")]),
        "enrolled": len(enrolled),
        "bachelors": int(second["education"].loc["20", "retiree"]),
        "leave_80": int(last[(last["category"] == "leave") & last["old"]].shape[0]),
    }


def with_orm_loop() -> dict[str, int]:
    """One loop over the rows of each moment, counting for every table as it goes."""
    counts: Counter[tuple] = Counter()
    for moment, day in (("now", DAY), ("last", CLOSING)):
        for line in _rows(day).iterator(chunk_size=20000):
            (category, nature, level, district, rank, political, health, care, living, relocated, sex, ethnicity,
             education, period, birth) = line  # fmt: skip
            age = day.year - int(birth[:4])
            party, minority = political in ("01", "02"), ethnicity not in ("", "01")
            helpless = care == "3" or health == "4"
            band = next(index for index, end in enumerate(BANDS) if age <= end)
            counts[moment, category, "nature", nature, level, district] += 1
            counts[moment, category, "rank", nature, rank] += 1
            counts[moment, category, "age", age] += 1
            counts[moment, category, "relocated", relocated] += 1
            if moment == "last":
                continue
            for name, value in (
                ("education", education),
                ("health", health),
                ("living", living),
                ("party", party),
                ("band", band),
            ):
                counts[category, name, value] += 1
            if category == "leave":
                for name, value in (("period", period), ("party", party), ("helpless", helpless), ("band", band)):
                    counts["N2", nature, rank, name, value, relocated] += 1
            elif category == "retiree":
                for name, value in (
                    ("sex", sex),
                    ("minority", minority),
                    ("party", party),
                    ("band", band),
                    ("level", level),
                ):
                    counts["N6", name, value, nature, rank] += 1
    for kind, category, nature, level, _district, rank in _events().iterator(chunk_size=20000):
        counts["events", category, kind, nature, level, rank] += 1

    def total(*start: object, at: int | None = None, among: Any = None) -> int:
        return sum(
            number for key, number in counts.items() if key[: len(start)] == start and (at is None or key[at] in among)
        )

    return {
        "leave": total("now", "leave", "relocated"),
        "retirees": total("now", "retiree", "relocated"),
        "government_women_deputy": counts["N6", "sex", "2", "gov", "132"],
        "enrolled": total("events", "retiree", "enrolled"),
        "bachelors": counts["retiree", "education", "20"],
        "leave_80": total("last", "leave", "age", at=3, among=range(80, 200)),
    }


def fill(number: int) -> None:
    """The city is made in a process of its own, so that the peak of memory is that of the tables."""
    from bench.city import fill as make

    make(number)


def main(number: int) -> None:
    url = fresh_postgresql("songhe_bench_tables")
    seconds, _ = timed(
        lambda: subprocess.run([sys.executable, "-m", "bench.tables", "--fill", str(number), url], check=True)
    )
    print(f"{number:,} people made in {seconds:.0f} s", flush=True)
    set_up_django(url)
    repeat = 3 if number <= 100_000 else 2
    ours_s, expected = timed(ours, repeat=repeat)
    memory = peak_mb()
    orm_s, by_loop = timed(with_orm_loop, repeat=repeat if number <= 100_000 else 1)
    pandas_s, by_pandas = timed(with_pandas, repeat=repeat if number <= 100_000 else 1)
    if not expected == by_loop == by_pandas:
        raise SystemExit(f"totals differ: ours {expected}, loop {by_loop}, pandas {by_pandas}")
    record(f"tables_{number // 1000}k_postgresql", ours_s, memory, {"pandas": pandas_s, "orm_loop": orm_s})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fill"]:
        set_up_django(sys.argv[3])
        fill(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 60_000)
