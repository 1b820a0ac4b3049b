from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("residents", "0010_premises_close")]

    operations = [
        migrations.AddField(
            "benefit",
            "needs_all",
            models.BooleanField(
                db_default=False,
                default=False,
                verbose_name="all of the categories at once",
            ),
        )
    ]
