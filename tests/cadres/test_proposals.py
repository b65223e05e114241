"""Proposals: liaisons say what is wrong, staff accept it as if they had typed it, or return it with a word."""

from __future__ import annotations

import datetime
import io

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cadres import actions
from cadres.models import Cadre, EventKind, Evidence, Proposal
from common.evidence import MAX_BYTES, check_evidence
from common.models import AuditEntry
from tests import factories

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture() -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (30, 20), "green").save(data, "JPEG")
    return SimpleUploadedFile("证明.jpg", data.getvalue(), "image/jpeg")


def propose(cast, who="liaison_a", **told) -> Proposal:
    base = {"kind": "change", "cadre": cast.cadre_a, "values": {"phone": "13900001234"}, "reason": "本人来电"}
    return actions.make_proposal(actor=getattr(cast, who), **{**base, **told})


# -- making -------------------------------------------------------------------------------------------------


def test_only_what_differs_is_kept_and_sealed(cast):
    own = cast.cadre_a
    proposal = propose(cast, values={"phone": "13900001234", "name": own.name, "living": "1"})
    assert proposal.changes == {"phone": [own.phone, "13900001234"], "living": ["", "1"]}
    raw = (
        Proposal.objects.filter(pk=proposal.pk).extra(select={"raw": "sealed_changes"}).values_list("raw", flat=True)[0]
    )
    assert "13900001234" not in raw and raw.startswith("k")
    entry = AuditEntry.objects.get(action="proposal.make")
    assert "13900001234" not in str(entry.changes)


@pytest.mark.parametrize(
    "told",
    [
        {"values": {}},
        {"values": {"phone": None}, "reason": ""},
        {"reason": " "},
        {"on": timezone.localdate() + datetime.timedelta(days=1)},
        {"kind": "death"},
        {"kind": "death", "on": timezone.localdate() + datetime.timedelta(days=1)},
        {"kind": "move_out", "on": timezone.localdate()},
        {"values": {"living": "99"}},
    ],
)
def test_bad_proposals_are_refused(cast, told):
    if told.get("values") == {}:
        told["values"] = {"phone": cast.cadre_a.phone, "name": cast.cadre_a.name}
    with pytest.raises(ValidationError):
        propose(cast, **told)
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("who", ["liaison_b", "staff", "leader", "nobody"])
def test_only_liaisons_of_the_person_propose(cast, who):
    with pytest.raises(PermissionDenied):
        propose(cast, who=who)


def test_liaisons_cannot_reach_unit_or_category_through_the_values(cast):
    proposal = propose(cast, values={"phone": "13900001234", "unit": cast.unit_b, "category": "retiree"})
    assert set(proposal.changes) == {"phone"}


# -- accepting ----------------------------------------------------------------------------------------------


def test_accepting_changes_the_person_as_staff_would(cast):
    before = cast.cadre_a.version
    proposal = propose(cast, values={"living": "1", "phone": "13900001234"}, on=timezone.localdate())
    actions.accept_proposal(actor=cast.staff, proposal=proposal)
    cadre = Cadre.objects.get(pk=cast.cadre_a.pk)
    assert (cadre.living, cadre.phone, cadre.version) == ("1", "13900001234", before + 1)
    assert cadre.states.latest("valid_from").living == "1" and cadre.states.count() == 2
    assert list(Cadre.objects.all().search("13900001234")) == [cadre]
    actions_seen = list(AuditEntry.objects.order_by("number").values_list("action", flat=True))[-3:]
    assert actions_seen == ["proposal.make", "cadre.change", "proposal.accept"]


def test_a_correction_mends_the_state_in_force(cast):
    proposal = propose(cast, values={"living": "1"})
    actions.accept_proposal(actor=cast.staff, proposal=proposal)
    cadre = Cadre.objects.get(pk=cast.cadre_a.pk)
    assert cadre.states.count() == 1 and cadre.states.get().living == "1"


def test_what_was_edited_meanwhile_is_a_conflict_that_staff_decide(cast):
    proposal = propose(cast, values={"phone": "13900001234", "address": "滨河路 1 号"})
    actions.change_cadre(actor=cast.staff, cadre=cast.cadre_a, values={"phone": "13700005678", "hobbies": "书法"})
    with pytest.raises(actions.ProposalConflict):
        actions.accept_proposal(actor=cast.staff, proposal=proposal)
    assert Proposal.objects.get().waiting
    actions.accept_proposal(actor=cast.staff, proposal=proposal, fields=["address"])
    cadre = Cadre.objects.get(pk=cast.cadre_a.pk)
    assert (cadre.phone, cadre.address, cadre.hobbies) == ("13700005678", "滨河路 1 号", "书法")


def test_an_edit_after_the_page_was_opened_is_shown_first(cast):
    proposal = propose(cast)
    seen = cast.cadre_a.version
    actions.change_cadre(actor=cast.staff, cadre=cast.cadre_a, values={"hobbies": "书法"})
    with pytest.raises(actions.ProposalConflict):
        actions.accept_proposal(actor=cast.staff, proposal=proposal, fields=["phone"], seen_version=seen)


def test_death_and_move_go_through_their_own_actions(cast):
    today = timezone.localdate()
    actions.accept_proposal(actor=cast.staff, proposal=propose(cast, kind="death", on=today))
    assert Cadre.objects.get(pk=cast.cadre_a.pk).died_on == today
    away = propose(cast, who="liaison_b", kind="move_out", cadre=cast.cadre_b, on=today, to_place="江苏苏州")
    actions.accept_proposal(actor=cast.staff, proposal=away)
    assert Cadre.objects.get(pk=cast.cadre_b.pk).standing == "moved_out"
    with pytest.raises(ValidationError):
        propose(cast, kind="death", on=today)


def test_a_move_within_the_city_needs_its_unit(cast):
    move = propose(cast, kind="move_out", on=timezone.localdate(), to_place="东关一中", in_city=True)
    with pytest.raises(ValidationError):
        actions.accept_proposal(actor=cast.staff, proposal=move)
    actions.accept_proposal(actor=cast.staff, proposal=move, to_unit=cast.unit_b)
    cadre = Cadre.objects.get(pk=cast.cadre_a.pk)
    assert cadre.unit == cast.unit_b and cadre.standing == "present"
    assert set(cadre.events.values_list("kind", flat=True)) >= {EventKind.MOVED_OUT, EventKind.MOVED_IN}


def test_somebody_missing_is_filed_in_the_unit(cast):
    values = {"name": "祁连生", "category": "retiree", "unit": cast.unit_a, "phone": "13900001111"}
    proposal = actions.make_proposal(
        actor=cast.liaison_a, kind="new", organization=cast.unit_a, values=values, reason="新退休"
    )
    assert proposal.person_name == "祁连生"
    done = actions.accept_proposal(actor=cast.staff, proposal=proposal)
    assert done.cadre.name == "祁连生" and done.cadre.unit == cast.unit_a
    with pytest.raises(PermissionDenied):
        actions.make_proposal(
            actor=cast.liaison_a, kind="new", organization=cast.unit_b, values=values, reason="新退休"
        )


def test_a_community_reports_and_staff_say_the_unit(cast):
    proposal = actions.make_proposal(
        actor=cast.community_liaison, kind="new", organization=cast.community, reason="入户时发现",
        values={"name": "祁连生", "category": "retiree", "community": cast.community},
    )  # fmt: skip
    with pytest.raises(ValidationError):
        actions.accept_proposal(actor=cast.staff, proposal=proposal)
    done = actions.accept_proposal(actor=cast.staff, proposal=proposal, unit=cast.unit_b)
    assert (done.cadre.unit, done.cadre.community) == (cast.unit_b, cast.community)


def test_only_staff_settle_and_only_once(cast):
    proposal = propose(cast)
    for who in ("liaison_a", "community_liaison", "liaison_b", "leader"):
        with pytest.raises(PermissionDenied):
            actions.accept_proposal(actor=getattr(cast, who), proposal=proposal)
    actions.accept_proposal(actor=cast.staff, proposal=proposal)
    with pytest.raises(ValidationError):
        actions.accept_proposal(actor=cast.staff, proposal=proposal)
    with pytest.raises(ValidationError):
        actions.withdraw_proposal(actor=cast.liaison_a, proposal=proposal)


def test_nobody_accepts_an_own_proposal(cast):
    proposal = propose(cast)
    factories.account_actions.grant_role(
        actor=None, user=cast.liaison_a, role="staff", organization=cast.city, include_children=True
    )
    both = type(cast.liaison_a).objects.get(pk=cast.liaison_a.pk)
    with pytest.raises(PermissionDenied):
        actions.accept_proposal(actor=both, proposal=proposal)


# -- returning, mending, withdrawing ------------------------------------------------------------------------


def test_returned_mended_and_accepted(cast):
    proposal = propose(cast)
    with pytest.raises(ValidationError):
        actions.return_proposal(actor=cast.staff, proposal=proposal, words="")
    actions.return_proposal(actor=cast.staff, proposal=proposal, words="请核对号码")
    again = propose(cast, again=proposal, values={"phone": "13900009999"})
    assert (again.pk, again.state, again.words) == (proposal.pk, "waiting", "请核对号码")
    actions.accept_proposal(actor=cast.staff, proposal=again)
    assert Cadre.objects.get(pk=cast.cadre_a.pk).phone == "13900009999"


def test_withdrawn_ones_are_left_alone(cast):
    proposal = propose(cast)
    with pytest.raises(PermissionDenied):
        actions.withdraw_proposal(actor=cast.community_liaison, proposal=proposal)
    actions.withdraw_proposal(actor=cast.liaison_a, proposal=proposal)
    with pytest.raises(ValidationError):
        actions.accept_proposal(actor=cast.staff, proposal=proposal)


def test_many_at_once_names_what_is_left(cast):
    good, stale = propose(cast), propose(cast, values={"address": "新址"})
    actions.change_cadre(actor=cast.staff, cadre=cast.cadre_a, values={"address": "别处"})
    move = propose(cast, kind="move_out", on=timezone.localdate(), to_place="东关一中", in_city=True)
    done, left = actions.accept_many(actor=cast.staff, proposals=[good, stale, move])
    assert done == [good] and [proposal for proposal, _ in left] == [stale, move]
    assert "常住地址" in left[0][1] and "转入单位" in left[1][1]
    assert set(Proposal.objects.waiting()) == {stale, move}
    done, left = actions.return_many(actor=cast.staff, proposals=[stale, move, good], words="请再核对")
    assert len(done) == 2 and len(left) == 1


# -- evidence -----------------------------------------------------------------------------------------------


def upload(content: bytes, name: str = "a.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ not a file", "evidence_kind"),
        (b"%PDF-1.4 cut short", "evidence_broken"),
        (PDF.replace(b"<<>>", b"<</OpenAction<</JavaScript 2 0 R>>>>", 1), "evidence_active"),
        (b"%PDF-" + b"0" * MAX_BYTES, "evidence_size"),
        (b"", "evidence_kind"),
    ],
)
def test_evidence_of_a_wrong_kind_is_refused(content, code):
    with pytest.raises(ValidationError) as problem:
        check_evidence(upload(content))
    assert problem.value.code == code


def test_evidence_is_sealed_and_shown_to_whoever_sees_the_proposal(cast, sign_in):
    proposal = propose(cast, evidence=[check_evidence(picture()), check_evidence(upload(PDF))])
    photo, pdf = proposal.evidence.all()
    assert not photo.file.open("rb").read().startswith(b"\xff\xd8")
    for row, kind in ((photo, "image/jpeg"), (pdf, "application/pdf")):
        url = reverse("cadres:evidence", args=[row.pk])
        response = sign_in(cast.staff).get(url)
        assert response.status_code == 200 and response["Content-Type"] == kind
        assert sign_in(cast.liaison_b).get(url).status_code == 404
    assert AuditEntry.objects.filter(action="evidence.view").count() == 2


# -- pages --------------------------------------------------------------------------------------------------


def key_of(client, url: str) -> dict[str, str]:
    form = client.get(url).context["form"]
    return {"form_key": form["form_key"].value(), "version": form["version"].value() or ""}


def test_a_liaison_proposes_on_the_page(cast, sign_in):
    client, url = sign_in(cast.liaison_a), reverse("cadres:proposal_change", args=[cast.cadre_a.pk])
    page = client.get(url)
    text = page.content.decode()
    assert (
        cast.cadre_a.phone not in text
        and "提出更正" in client.get(reverse("cadres:cadre_detail", args=[cast.cadre_a.pk])).content.decode()
    )
    data = {
        name: page.context["form"][name].value() or ""
        for name in page.context["form"].fields if name not in ("evidence", "counted") and page.context["form"][name].value() not in (None, False)
    } | {"phone": "139 0000 1234", "reason": "本人来电", "how": "correct", "evidence": picture()}  # fmt: skip
    answer = client.post(url, data)
    assert answer.status_code == 302, answer.context["form"].errors
    proposal = Proposal.objects.get()
    assert "phone" in proposal.changes and Evidence.objects.count() == 1
    assert client.post(url, {**data, "evidence": picture()}).status_code == 302
    assert Proposal.objects.count() == 1  # the same form sent twice
    assert "139****1234" in client.get(reverse("cadres:proposal_mine")).content.decode()


def test_a_proposal_of_nothing_is_refused_on_the_page(cast, sign_in):
    client, url = sign_in(cast.liaison_a), reverse("cadres:proposal_change", args=[cast.cadre_a.pk])
    form = client.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    answer = client.post(url, data | {"reason": "本人来电", "how": "correct"})
    assert answer.status_code == 422 and "没有一处和档案不同" in answer.content.decode()


def test_staff_accept_and_return_on_the_page(cast, sign_in):
    proposal = propose(cast, values={"phone": "13900001234", "address": "新址"})
    client = sign_in(cast.staff)
    page = client.get(reverse("cadres:proposal_detail", args=[proposal.pk]))
    assert "139****1234" in page.content.decode() and "13900001234" not in page.content.decode()
    form = page.context["accept_form"]
    data = {"form_key": form["form_key"].value(), "seen": form["seen"].value(), "take": ["address"]}
    assert client.post(reverse("cadres:proposal_accept", args=[proposal.pk]), data).status_code == 302
    assert Cadre.objects.get(pk=cast.cadre_a.pk).address == "新址"
    assert Cadre.objects.get(pk=cast.cadre_a.pk).phone == cast.cadre_a.phone
    other = propose(cast, values={"hobbies": "书法"})
    url = reverse("cadres:proposal_return", args=[other.pk])
    assert client.post(url, {**key_of(client, url), "words": ""}).status_code == 422
    assert client.post(url, {**key_of(client, url), "words": "写清楚"}).status_code == 302
    home = sign_in(cast.liaison_a).get("/").content.decode()
    assert "局里退回 1 件" in home


def test_many_are_settled_from_the_list(cast, sign_in):
    rows = [propose(cast), propose(cast, who="liaison_b", cadre=cast.cadre_b)]
    client, url = sign_in(cast.staff), reverse("cadres:proposal_bulk")
    assert "联络员的提议 2 件" in client.get("/").content.decode()
    answer = client.post(url, {"do": "accept", "pk": [row.pk for row in rows]}, follow=True)
    assert "采纳了 2 件" in answer.content.decode() and not Proposal.objects.waiting().exists()
    assert sign_in(cast.liaison_a).post(url, {"do": "accept", "pk": rows[0].pk}).status_code == 403
    assert client.get(reverse("cadres:proposal_list") + "?export=xlsx").status_code == 200


def test_lists_take_a_constant_number_of_queries(cast, sign_in, django_assert_max_num_queries):
    for number in range(8):
        propose(cast, values={"address": f"新址{number}"})
    client = sign_in(cast.staff)
    with django_assert_max_num_queries(24):
        assert client.get(reverse("cadres:proposal_list")).status_code == 200


def test_a_proposed_number_shows_in_full_only_for_a_reason(cast, sign_in):
    proposal = propose(cast)
    client, url = sign_in(cast.staff), reverse("cadres:proposal_reveal", args=[proposal.pk]) + "?field=phone"
    key = client.get(url).context["form"]["form_key"].value()
    answer = client.post(url, {"field": "phone", "reason": "核对证明材料", "form_key": key})
    assert "13900001234" in answer.content.decode()
    assert AuditEntry.objects.get(action="cadre.reveal").reason == "核对证明材料"
