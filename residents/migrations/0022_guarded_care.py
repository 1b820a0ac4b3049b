from django.db import migrations, models

# Community correction (社区矫正) and care of mental disorder (精神障碍照护), as they ship.
SHIPPED = ["203", "602"]


def guard(apps, schema_editor):
    categories = apps.get_model("residents", "CareCategory")
    categories.objects.filter(code__in=SHIPPED).update(is_guarded=True)


class Migration(migrations.Migration):
    dependencies = [
        ("residents", "0021_look_ups"),
    ]

    operations = [
        migrations.AddField(
            model_name="carecategory",
            name="is_guarded",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Read only with a right of its own (register.read_guarded).",
                verbose_name="guarded",
            ),
        ),
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]
