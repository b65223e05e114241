"""Two people of the bureau press 封存 at the same moment: one sealing, one clear refusal, nothing half done."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from reports import actions
from reports.models import ReportingYear, SealedPerson, Sealing, SubmissionEvent
from tests.reports.test_sealing import explain_everything, open_year


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's test database has one connection")
def test_two_sealings_at_once_make_one(cast):
    year = open_year()
    explain_everything(year.submissions.get(organization=cast.city))
    start, said = threading.Barrier(2), []

    def seal() -> None:
        start.wait()
        try:
            actions.seal_year(actor=cast.staff, year=ReportingYear(pk=year.pk), words="单位都已核对")
            said.append("sealed")
        except ValidationError as error:
            said.append(error.messages[0])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=seal) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said, key=len)[0] == "sealed" and "已经封存" in max(said, key=len)
    assert Sealing.objects.count() == 1 and SealedPerson.objects.count() == 2
    assert SubmissionEvent.objects.filter(action="seal").count() == year.submissions.count()
