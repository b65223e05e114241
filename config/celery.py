"""Background work. Every periodic job of the system stands in this one list, in words."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("songhe")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "every morning at 06:00, tell readers of coming birthdays and festivals": {
        "task": "visits.tasks.send_due_notices",
        "schedule": crontab(hour=6, minute=0),
    },
    "every hour, catch up the notices of days that were missed": {
        "task": "visits.tasks.send_due_notices",
        "schedule": crontab(minute=20),
    },
    "every hour from 06:30 on, tell liaisons of the rosters that their units owe": {
        "task": "visits.tasks.send_roster_notices",
        "schedule": crontab(hour="6-22", minute=30),
    },
    "every night at 02:30, look for files that may be one person's": {
        "task": "cadres.tasks.find_all_duplicates",
        "schedule": crontab(hour=2, minute=30),
    },
    "every five minutes, take up roster imports whose worker died": {
        "task": "cadres.tasks.resume_imports",
        "schedule": crontab(minute="*/5"),
    },
    "every night at 02:10, score the data quality of every unit": {
        "task": "cadres.tasks.score_quality",
        "schedule": crontab(hour=2, minute=10),
    },
}
