from django.db import migrations, models
from django.db.models.deletion import PROTECT


def keep_yellow(apps, schema_editor):
    """A district that had its own yellow and no ladder gets a ladder with that yellow."""
    policies = apps.get_model("cases", "CasePolicy").objects.exclude(warn_percent=75)
    ladders = apps.get_model("cases", "LadderPolicy").objects
    with_ladder = ladders.filter(category=None).values("district")
    ladders.bulk_create(
        ladders.model(district_id=policy.district_id, warn_percent=policy.warn_percent)
        for policy in policies.exclude(district__in=with_ladder)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_open_in_hands"),
    ]

    operations = [
        migrations.RenameModel("LightPolicy", "CasePolicy"),
        migrations.RunPython(keep_yellow, migrations.RunPython.noop),
        migrations.RemoveConstraint("casepolicy", "light_policy_percent"),
        migrations.RemoveConstraint("casepolicy", "light_policy_samples"),
        migrations.RemoveField("casepolicy", "warn_percent"),
        migrations.AddConstraint(
            "casepolicy",
            models.CheckConstraint(
                condition=models.Q(recheck_percent__lte=100, call_back_percent__lte=100),
                name="case_policy_samples",
            ),
        ),
        migrations.AlterField(
            "casepolicy",
            "district",
            models.OneToOneField(
                on_delete=PROTECT,
                related_name="case_policy",
                to="grids.grid",
                verbose_name="district",
            ),
        ),
    ]
