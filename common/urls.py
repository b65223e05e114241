from django.urls import path

from common import pages

app_name = "audit"
urlpatterns = [
    path("", pages.AuditListPage.as_view(), name="entry_list"),
    path("verify/", pages.VerifyPage.as_view(), name="verify"),
]
