from django.apps import AppConfig


class PartyBranchesConfig(AppConfig):
    name = "partybranches"
    verbose_name = "党组织建设"
