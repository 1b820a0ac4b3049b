from django.db import migrations, models

# Whoever has a password and an address today goes on with it.
KNOWN = """
INSERT INTO grids_account (staff_id, mail)
SELECT id, email FROM grids_staff WHERE email <> '' AND password NOT LIKE '!%'
ON CONFLICT (staff_id) DO UPDATE SET mail = EXCLUDED.mail
"""


class Migration(migrations.Migration):

    dependencies = [
        ('grids', '0011_settings_to_confirm'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='mail',
            field=models.EmailField(blank=True, db_default='', help_text='The address on file when the person chose the password; slips go to no other.', max_length=254),
        ),
        migrations.AlterField(
            model_name='districtprofile',
            name='base_band_max',
            field=models.PositiveIntegerField(default=800, verbose_name='level 2: most households'),
        ),
        migrations.AlterField(
            model_name='districtprofile',
            name='base_band_min',
            field=models.PositiveIntegerField(default=500, verbose_name='level 2: fewest households'),
        ),
        migrations.AlterField(
            model_name='districtprofile',
            name='unit_band_max',
            field=models.PositiveIntegerField(default=250, verbose_name='level 3: most households'),
        ),
        migrations.AlterField(
            model_name='districtprofile',
            name='unit_band_min',
            field=models.PositiveIntegerField(default=100, verbose_name='level 3: fewest households'),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
