from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("residents", "0016_stays_that_ended")]

    operations = [
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(
                condition=models.Q(
                    ("ended_on", None),
                    models.Q(
                        ("kind", "floating"),
                        ("kind", "hmt"),
                        ("kind", "foreign"),
                        _connector="OR",
                    ),
                ),
                fields=["grid"],
                include=("district", "kind", "sex", "birth_on", "household"),
                name="resident_live_from_elsewhere",
            ),
        ),
    ]
