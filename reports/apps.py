from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "统计上报"

    def ready(self) -> None:
        from cadres import sealed
        from reports.querysets import latest_sealed_day

        sealed.register(latest_sealed_day)
