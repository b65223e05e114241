"""The rule of dated facts."""

from __future__ import annotations

import datetime
import itertools

from hypothesis import given
from hypothesis import strategies as st

from cadres.models import FOREVER
from cadres.roster_import.states import Span, apply_since, base_on, facts_on

D = datetime.date
DAY = D(2017, 12, 31)


def test_state_valid_on_the_day_is_cut_there():
    before = [Span(1, D(2000, 1, 1), FOREVER, {"rank": "131", "health": "1"})]
    after = apply_since(before, DAY, {"health": "3"})
    assert after == [
        Span(1, D(2000, 1, 1), DAY, {"rank": "131", "health": "1"}),
        Span(None, DAY, FOREVER, {"rank": "131", "health": "3"}),
    ]


def test_state_that_begins_on_or_after_the_day_is_mended():
    for start in (DAY, D(2018, 3, 1)):
        after = apply_since([Span(1, start, FOREVER, {"rank": ""})], DAY, {"rank": "131"})
        assert after == [Span(1, start, FOREVER, {"rank": "131"})]


def test_later_change_of_the_same_fact_stays_and_other_facts_follow():
    before = [
        Span(1, D(2000, 1, 1), D(2018, 6, 1), {"health": "1", "living": "1"}),
        Span(2, D(2018, 6, 1), FOREVER, {"health": "4", "living": "1"}),
    ]
    after = apply_since(before, DAY, {"health": "3", "living": "2"})
    assert [span.facts for span in after] == [
        {"health": "1", "living": "1"}, {"health": "3", "living": "2"}, {"health": "4", "living": "2"},
    ]  # fmt: skip
    assert facts_on(after, D(2019, 1, 1)) == {"health": "4", "living": "2"}


def test_nobody_who_left_before_the_day_is_touched():
    gone = [Span(1, D(2000, 1, 1), D(2016, 1, 1), {"health": "1"})]
    assert base_on(gone, DAY) is None
    assert apply_since(gone, DAY, {"health": "3"}) == gone


days = st.dates(D(1980, 1, 1), D(2030, 1, 1))
cuts = st.lists(days, min_size=1, max_size=5, unique=True).map(sorted)


@given(cuts, st.lists(st.sampled_from("123"), min_size=5, max_size=5), days, st.sampled_from("123"), st.booleans())
def test_days_before_stay_days_on_it_are_new_and_nothing_overlaps(starts, values, day, new, closed):
    ends = [*starts[1:], D(2031, 1, 1) if closed else FOREVER]
    spans = [Span(n, a, b, {"f": v}) for n, (a, b, v) in enumerate(zip(starts, ends, values, strict=False))]
    after = apply_since(spans, day, {"f": new})
    assert after[0].start == spans[0].start and after[-1].end == spans[-1].end
    assert all(one.end == two.start for one, two in itertools.pairwise(after))
    assert all(span.start < span.end for span in after)
    for span in spans:
        if span.start < day:
            assert facts_on(after, span.start) == span.facts
    if spans[0].start <= day < spans[-1].end:
        assert facts_on(after, day) == {"f": new}
