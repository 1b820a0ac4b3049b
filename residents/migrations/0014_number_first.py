from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("residents", "0013_history_by_object"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="resident",
            name="resident_lives_once_in_district",
        ),
        migrations.AddConstraint(
            model_name="resident",
            constraint=models.UniqueConstraint(
                fields=["id_index", "district", "document"],
                condition=models.Q(("ended_on", None), ("id_index__isnull", False)),
                name="resident_lives_once_in_district",
            ),
        ),
    ]
