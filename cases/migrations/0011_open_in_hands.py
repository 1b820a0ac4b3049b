from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0010_the_loop_on_the_board"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at", None), ("handler__isnull", False)),
                fields=["handler", "due_at", "id"],
                name="case_open_in_hands",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("closed_at", None), ("reporter__isnull", False)),
                fields=["reporter", "due_at", "id"],
                name="case_open_by_reporter",
            ),
        ),
        # All that somebody ever handled: nobody asks for it, and it misled the planner.
        migrations.AlterField(
            model_name="case",
            name="handler",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="handled_cases",
                to=settings.AUTH_USER_MODEL,
                verbose_name="handler",
            ),
        ),
    ]
