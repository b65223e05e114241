from django.urls import path

from visits import views
from visits.contacts import ContactListPage
from visits.import_pages import VisitImportPage, import_template

app_name = "visits"
urlpatterns = [
    path("", views.VisitListPage.as_view(), name="visit_list"),
    path("new/", views.VisitCreatePage.as_view(), name="visit_create"),
    path("import/", VisitImportPage.as_view(), name="visit_import"),
    path("import/template/", import_template, name="visit_import_template"),
    path("<int:pk>/", views.VisitPage.as_view(), name="visit_detail"),
    path("<int:pk>/change/", views.VisitChangePage.as_view(), name="visit_change"),
    path("<int:pk>/remove/", views.VisitRemovePage.as_view(), name="visit_remove"),
    path("photos/<int:pk>/", views.visit_photo, name="visit_photo"),
    path("people/<int:pk>/", views.cadre_tab, name="cadre_tab"),
    path("contacts/", ContactListPage.as_view(), name="contact_list"),
    path("birthdays/", views.BirthdayListPage.as_view(), name="birthday_list"),
    path("notices/", views.NoticeListPage.as_view(), name="notice_list"),
    path("notices/<int:pk>/read/", views.notice_read, name="notice_read"),
    path("notices/read-all/", views.notice_read_all, name="notice_read_all"),
]
