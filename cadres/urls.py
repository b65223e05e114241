from django.urls import path

from cadres.views import events, family, organizations, people, person, reconciliation, roster, status, values

app_name = "cadres"
urlpatterns = [
    path("", people.CadreListPage.as_view(), name="cadre_list"),
    path("search/", people.search, name="search"),
    path("columns/", people.cadre_columns, name="cadre_columns"),
    path("new/", person.CadreCreatePage.as_view(), name="cadre_create"),
    path("<int:pk>/", person.CadreDetailPage.as_view(), name="cadre_detail"),
    path("<int:pk>/change/", person.CadreChangePage.as_view(), name="cadre_change"),
    path("<int:pk>/decease/", status.DeceasePage.as_view(), name="cadre_decease"),
    path("<int:pk>/undo-death/", status.UndoDeathPage.as_view(), name="cadre_undo_death"),
    path("<int:pk>/move-out/", status.MoveOutPage.as_view(), name="cadre_move_out"),
    path("<int:pk>/move-in/", status.MoveInPage.as_view(), name="cadre_move_in"),
    path("<int:pk>/reveal/", person.cadre_reveal, name="cadre_reveal"),
    path("<int:pk>/photo/", person.cadre_photo, name="cadre_photo"),
    path("<int:pk>/photo/change/", person.PhotoPage.as_view(), name="cadre_photo_change"),
    path("<int:pk>/form/", person.cadre_form, name="cadre_form"),
    path("<int:pk>/family/new/", family.FamilyCreatePage.as_view(), name="family_create"),
    path("family/<int:pk>/", family.FamilyChangePage.as_view(), name="family_change"),
    path("family/<int:pk>/remove/", family.FamilyRemovePage.as_view(), name="family_remove"),
    path("events/", events.EventListPage.as_view(), name="event_list"),
    path("values/", values.ValueListPage.as_view(), name="value_list"),
    path("values/<int:pk>/", values.ValueMapPage.as_view(), name="value_map"),
    path("organizations/", organizations.OrganizationListPage.as_view(), name="organization_list"),
    path("organizations/suggest/", organizations.organization_suggest, name="organization_suggest"),
    path("organizations/new/", organizations.OrganizationCreatePage.as_view(), name="organization_create"),
    path("organizations/import/", organizations.OrganizationImportPage.as_view(), name="organization_import"),
    path("organizations/<int:pk>/", organizations.OrganizationDetailPage.as_view(), name="organization_detail"),
    path("organizations/<int:pk>/change/", organizations.OrganizationChangePage.as_view(), name="organization_change"),
    path("organizations/<int:pk>/move/", organizations.OrganizationMovePage.as_view(), name="organization_move"),
    path("rosters/", roster.RosterListPage.as_view(), name="roster_list"),
    path("rosters/new/", roster.RosterUploadPage.as_view(), name="roster_upload"),
    path(
        "rosters/units/<int:pk>/reconcile/", reconciliation.ReconciliationPage.as_view(), name="reconciliation"
    ),
    path("rosters/units/<int:pk>/approve/", reconciliation.ApproveRosterPage.as_view(), name="unit_roster_approve"),
    path("rosters/differences/<int:pk>/", reconciliation.SettlePage.as_view(), name="difference_settle"),
    path(
        "rosters/differences/<int:pk>/take-back/",
        reconciliation.TakeBackPage.as_view(),
        name="difference_take_back",
    ),
    path("rosters/<int:pk>/", roster.RosterProgressPage.as_view(), name="roster_progress"),
    path("rosters/<int:pk>/columns/", roster.RosterMappingPage.as_view(), name="roster_mapping"),
    path("rosters/<int:pk>/preview/", roster.RosterPreviewPage.as_view(), name="roster_preview"),
    path("rosters/<int:pk>/commit/", roster.RosterCommitPage.as_view(), name="roster_commit"),
    path("rosters/<int:pk>/discard/", roster.RosterDiscardPage.as_view(), name="roster_discard"),
    path("rosters/<int:pk>/report/", roster.RosterReportPage.as_view(), name="roster_report"),
    path("rosters/<int:pk>/annotated/<int:position>/", roster.RosterAnnotatedPage.as_view(), name="roster_annotated"),
]
