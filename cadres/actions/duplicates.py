"""Suspected duplicates: find them, say that they are two people, merge two files, part them again."""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.models import User
from cadres.actions.people import change_latest_state, counted_values, fill_derived
from cadres.duplicates import compare, ledger, search
from cadres.models import (
    COUNTED_COLUMNS,
    Cadre,
    CadreMerge,
    CadreState,
    DuplicatePair,
    EventKind,
    PairState,
    StatusEvent,
)
from common import audit
from common.bulk import CHUNK
from common.idcard import IdProblem
from common.scope import require

COUNTED = frozenset(COUNTED_COLUMNS)


# -- find ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def find_duplicates(*, people: Collection[int] | None = None) -> int:
    """Search the city and bring the queue up to date; returns how many pairs are new.

    ``people``: only pairs with one of them are queued, and nothing leaves the queue. Without it, open pairs that no
    reason holds any more leave. What somebody called 不是同一人 stays so.
    """
    wanted = None if people is None else set(people)
    fresh: dict[search.Pair, dict[str, int]] = {}
    for pair, reasons in search.find_pairs().items():
        if wanted is None or not wanted.isdisjoint(pair):
            fresh[pair] = reasons
    changed: list[DuplicatePair] = []
    lost: list[int] = []
    known = DuplicatePair.objects.only("low_id", "high_id", "reasons", "weight", "state")
    for row in known.iterator(chunk_size=CHUNK):
        pair = (row.low_id, row.high_id)
        if pair in fresh:
            reasons = fresh.pop(pair)
            if reasons != row.reasons:
                row.reasons, row.weight = reasons, _weight(reasons)
                changed.append(row)
        elif wanted is None and row.state == PairState.OPEN:
            lost.append(row.pk)
    for start in range(0, len(lost), CHUNK):
        DuplicatePair.objects.filter(pk__in=lost[start : start + CHUNK]).delete()
    DuplicatePair.objects.bulk_update(changed, ["reasons", "weight"], batch_size=CHUNK)
    rows = (
        DuplicatePair(low_id=low, high_id=high, reasons=reasons, weight=_weight(reasons))
        for (low, high), reasons in fresh.items()
    )
    DuplicatePair.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)
    return len(fresh)


def _weight(reasons: dict[str, int]) -> int:
    return min(100, sum(reasons.values()))


# -- two people ---------------------------------------------------------------------------------------------------
@transaction.atomic
def mark_different(*, actor: User, pair: DuplicatePair, words: str = "") -> DuplicatePair:
    """不是同一人: the pair leaves the queue and does not come back."""
    current = _locked_pair(pair, actor)
    current.state, current.words = PairState.DIFFERENT, words.strip()[:200]
    current.settled_by, current.settled_at = actor, timezone.now()
    current.save()
    changes = {"state": [PairState.OPEN, PairState.DIFFERENT], "high": [None, str(current.high_id)]}
    audit.record(actor=actor, action="cadre.different", target=current.low, changes=changes, reason=current.words)
    return current


@transaction.atomic
def reopen_pair(*, actor: User, pair: DuplicatePair) -> DuplicatePair:
    """Back into the queue: somebody had said too soon that they are two."""
    current = _locked_pair(pair, actor, PairState.DIFFERENT)
    current.state, current.words, current.settled_by, current.settled_at = PairState.OPEN, "", None, None
    current.save()
    changes = {"state": [PairState.DIFFERENT, PairState.OPEN], "high": [None, str(current.high_id)]}
    audit.record(actor=actor, action="cadre.different", target=current.low, changes=changes)
    return current


def _locked_pair(pair: DuplicatePair, actor: User, state: str = PairState.OPEN) -> DuplicatePair:
    current = DuplicatePair.objects.select_for_update(of=("self",)).filter(pk=pair.pk).first()
    if current is None:
        raise ValidationError("这两份档案刚被别人合并了，或已经不再像是重复，请回到疑似重复看看")
    require(actor, "cadre.change", current)
    if current.state != state:
        raise ValidationError(f"这两份档案刚被别人办成“{current.get_state_display()}”，请刷新看看")
    return current


# -- merge --------------------------------------------------------------------------------------------------------
def _locked_people(*people: Cadre) -> list[Cadre]:
    """Both rows, locked in the order of their keys, handed back in the order asked for."""
    keys = [cadre.pk for cadre in people]
    rows = {row.pk: row for row in Cadre.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if len(rows) < len(set(keys)):
        raise ValidationError("其中一份档案刚被合并了，请回到疑似重复看看")
    return [rows[key] for key in keys]


@transaction.atomic
def merge_cadres(
    *,
    actor: User,
    kept: Cadre,
    absorbed: Cadre,
    from_absorbed: Collection[str] = (),
    reason: str = "",
    versions: dict[int, int] | None = None,
    chosen_number: bool = False,
) -> CadreMerge:
    """Make two files one. Raises ValidationError in Chinese; nothing is half done.

    ``from_absorbed``: names of `compare.CHOICES` to take over, everything else stays as the kept file has it.
    ``versions``: {key: version} that the person comparing saw. ``chosen_number``: of two whole ID numbers one was
    chosen, not merely left as proposed.

    Everything that hangs on the absorbed file, of whatever app, hangs on the kept one afterwards. Its states and
    events alone do not follow: the kept file's stand, so that on every date the person counts once at most, in the
    kept unit; where the absorbed file entered the count earlier, the kept one's first state and entry begin then.
    Where a row may not stand twice (the same notice of one day, the same field's original text), the kept file's
    stands. All of it is in the sealed snapshot.
    """
    if kept.pk == absorbed.pk:
        raise ValidationError("这是同一份档案，不用合并")
    left, right = _locked_people(kept, absorbed)
    for cadre in (left, right):
        require(actor, "cadre.change", cadre)
        if versions is not None and versions.get(cadre.pk) != cadre.version:
            raise ValidationError(f"您核对的时候，{cadre.name}的档案被别人改过，还没有合并；下面已是新的，请再核对一遍")
    _refuse(left, right, reason=reason, chosen_number=chosen_number)
    unknown = set(from_absorbed) - compare.CHOICES.keys()
    if unknown:
        raise ValidationError("请从两份档案里选")
    pair = DuplicatePair.objects.of_cadre(left.pk).filter(models.Q(low=right) | models.Q(high=right)).first()
    before = ledger.picture(left.pk, right.pk)
    values = {name: getattr(right, name) for choice in from_absorbed for name in compare.CHOICES[choice]}
    entered = _first_day(right)
    was = audit.snapshot(left, list(values))
    CadreState.objects.filter(cadre=right).delete()
    StatusEvent.objects.filter(cadre=right).delete()
    _carry_pairs(left.pk, right.pk)
    dropped = _carry(left.pk, right.pk)
    Cadre.objects.filter(pk=right.pk)._raw_delete("default")
    left.refresh_from_db()
    _fill(left, values)
    _enter_earlier(left, entered)
    _follow_states(left, actor)
    require(actor, "cadre.change", left)
    after = ledger.picture(left.pk)
    states = sorted(key[1] for key in after if key[0] == CadreState._meta.label_lower)
    snapshot = {
        "entries": ledger.entries_between(before, after),
        "states": {pk: after[CadreState._meta.label_lower, pk] for pk in states},
        "dropped": dropped,
    }
    merge = CadreMerge(
        kept=left,
        absorbed_pk=right.pk,
        absorbed_name=right.name,
        absorbed_unit_id=right.unit_id,
        absorbed_community_id=right.community_id,
        absorbed_managing_unit_id=right.managing_unit_id,
        pair_pk=pair.pk if pair else None,
        reason=reason.strip(),
        snapshot=json.dumps(snapshot, ensure_ascii=False),
        merged_by=actor,
    )
    merge.save(force_insert=True)
    changes = audit.changes_between(was, audit.snapshot(left, list(values)))
    changes["absorbed"] = [str(right.pk), None]
    audit.record(actor=actor, action="cadre.merge", target=left, changes=changes, reason=reason.strip())
    return merge


def _refuse(left: Cadre, right: Cadre, *, reason: str, chosen_number: bool) -> None:
    if right.pk == left.survivor_of_id or left.pk == right.survivor_of_id:
        raise ValidationError("一份是遗属，另一份是已故的干部本人，不是同一人，不能合并")
    said = len(reason.strip()) >= 2
    if left.standing != right.standing and not said:
        words = f"一份是“{left.get_standing_display()}”，一份是“{right.get_standing_display()}”"
        raise ValidationError({"reason": f"{words}，确是同一人的话，请写明怎么核对的"})
    if compare.two_numbers(left, right):
        if not chosen_number:
            raise ValidationError({"id_number": "两个身份证号都是完整的号，请照证件选定一个"})
        if not said:
            raise ValidationError({"reason": "两个身份证号不同，确是同一人的话，请写明怎么核对的"})


def _first_day(cadre: Cadre) -> datetime.date | None:
    return CadreState.objects.filter(cadre=cadre).order_by("valid_from").values_list("valid_from", flat=True).first()


def _carry(kept: int, absorbed: int) -> dict[str, int]:
    """Hang everything on the kept file. Returns what may stand only once and stayed behind: {what: how many}."""
    dropped: dict[str, int] = {}
    for link in ledger.links():
        rows = link.model._base_manager.filter(**{link.name: absorbed})
        try:
            with transaction.atomic():
                rows.update(**{link.name: kept})
        except IntegrityError:
            for row in rows:
                label = str(link.model._meta.verbose_name)
                if not _carried(row, link, kept):
                    dropped[label] = dropped.get(label, 0) + 1
    return dropped


def _carried(row: models.Model, link: models.ForeignKey, kept: int) -> bool:
    rows = type(row)._base_manager.filter(pk=row.pk)
    try:
        with transaction.atomic():
            rows.update(**{link.name: kept})
    except IntegrityError:
        label = row._meta.verbose_name
        for below in ledger.links(type(row)):
            if below.model._base_manager.filter(**{below.name: row.pk}).exists():
                words = f"两份档案都有同一条“{label}”，下面还挂着“{below.model._meta.verbose_name}”"
                raise ValidationError(f"{words}，系统不能替您取舍，请先删去一条再合并") from None
        rows.delete()
        return False
    return True


def _carry_pairs(kept: int, absorbed: int) -> None:
    """Other pairs of the absorbed file become pairs of the kept one; a pair of the two of them goes."""
    for pair in DuplicatePair.objects.of_cadre(absorbed):
        other = pair.high_id if pair.low_id == absorbed else pair.low_id
        low, high = min(kept, other), max(kept, other)
        if other == kept or DuplicatePair.objects.filter(low_id=low, high_id=high).exists():
            pair.delete()
        else:
            DuplicatePair.objects.filter(pk=pair.pk).update(low_id=low, high_id=high)


def _fill(cadre: Cadre, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(cadre, name, value)
    try:
        fill_derived(cadre)
    except IdProblem as problem:
        raise ValidationError({"id_number": f"选定的号不能用：{problem.message}。{problem.hint}"}) from None
    if cadre.survivor_of_id == cadre.pk:
        cadre.survivor_of = None
    cadre.full_clean(exclude=["photo"])
    cadre.version += 1
    cadre.save()


def _enter_earlier(cadre: Cadre, day: datetime.date | None) -> None:
    """The person counts from the earlier of the two entries on, in the kept unit."""
    first = CadreState.objects.filter(cadre=cadre).order_by("valid_from").first()
    if first is None or day is None or day >= first.valid_from:
        return
    entry = StatusEvent.objects.filter(
        cadre=cadre, kind__in=[EventKind.ENROLLED, EventKind.MOVED_IN], on=first.valid_from
    ).first()
    if entry is not None:
        entry.on = day
        entry.save(update_fields=["on"])
    first.valid_from = day
    first.save(update_fields=["valid_from"])


def _follow_states(cadre: Cadre, actor: User) -> None:
    """Chosen facts that count are corrections of the last state, as `change_cadre` makes them."""
    last = CadreState.objects.filter(cadre=cadre).order_by("-valid_from").first()
    values = counted_values(cadre)
    if last is not None and any(getattr(last, column) != value for column, value in values.items()):
        change_latest_state(cadre=cadre, values=values, since=None, actor=actor)


# -- unmerge ------------------------------------------------------------------------------------------------------
@transaction.atomic
def unmerge_cadres(*, actor: User, merge: CadreMerge, reason: str) -> CadreMerge:
    """Two files again, each with what was its own: every row is as it was, edit counters excepted.

    What was written since stays with the kept file; what belonged to the absorbed one goes back with the edits made
    since. Where the merge and a later edit touched the same thing, ValidationError names it and nothing is done.
    """
    current = CadreMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    require(actor, "cadre.change", current)
    if len(reason.strip()) < 2:
        raise ValidationError({"reason": "请写明为什么撤销，如“经核对是两个人”"})
    if current.undone_at is not None:
        raise ValidationError("这次合并已经撤销了，不用再撤")
    later = CadreMerge.objects.standing().filter(kept_id=current.kept_id, pk__gt=current.pk).order_by("-pk").first()
    if later is not None:
        raise ValidationError(f"后来又把{later.absorbed_name}并了进来，请先撤销那一次，再撤销这一次")
    kept = Cadre.objects.select_for_update().get(pk=current.kept_id)
    snapshot = json.loads(current.snapshot)
    restorer = ledger.Restorer(snapshot["entries"])
    conflicts = [*_changed_states(kept, snapshot), *restorer.conflicts, *_taken_number(kept, snapshot)]
    if conflicts:
        words = "、".join(dict.fromkeys(conflicts))
        raise ValidationError(f"合并以后又改过：{words}。撤销会冲掉这些改动，所以没有撤销；请先把它们改回合并时的样子")
    restorer.run()
    kept.refresh_from_db()
    kept.version += 1
    kept.save(update_fields=["version", "updated_at"])
    current.undone_by, current.undone_at, current.snapshot = actor, timezone.now(), ""
    current.save()
    back = Cadre.objects.get(pk=current.absorbed_pk)
    for cadre in (kept, back):
        require(actor, "cadre.change", cadre)
    changes = {"absorbed": [None, str(back.pk)]}
    audit.record(actor=actor, action="cadre.unmerge", target=kept, changes=changes, reason=reason.strip())
    return current


def _changed_states(kept: Cadre, snapshot: dict[str, Any]) -> list[str]:
    """A 变动, 转出 or 去世 recorded since, where the merge had touched what it builds on."""
    label = CadreState._meta.label_lower
    now = {str(state.pk): ledger.row_of(state) for state in CadreState.objects.filter(cadre=kept)}
    if now == snapshot["states"]:
        return []
    for entry in snapshot["entries"]:
        before, after = entry["before"], entry["after"]
        if entry["model"] == Cadre._meta.label_lower and before and after and COUNTED & after.keys():
            return ["变动、转入转出或去世"]
        if entry["model"] == label and before and after and "valid_from" in after:
            row = now.get(entry["pk"])
            if row is None or before["valid_from"] >= row["valid_to"]:
                return ["变动、转入转出或去世"]
    return []


def _taken_number(kept: Cadre, snapshot: dict[str, Any]) -> list[str]:
    """The absorbed file's number, given to a third file since."""
    label = Cadre._meta.label_lower
    back = next(e["before"] for e in snapshot["entries"] if e["model"] == label and e["after"] is None)
    others = Cadre.objects.filter(id_digest=back["id_digest"]).exclude(pk=kept.pk)
    return [f"身份证号（{other.name}已用这个号建了新档案）" for other in others[:1]] if back["id_digest"] else []
