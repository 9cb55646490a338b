import django.db.models.deletion
from django.db import migrations, models

# Reports that were public stay so; what waits for its publication is held to its layers as they are now.
KNOWN = """
UPDATE plans_plan SET considered_at = (consultation_to + 1)::timestamp AT TIME ZONE 'Asia/Baghdad'
WHERE consultation_to IS NOT NULL AND state IN ('considered', 'approved', 'published', 'superseded');
UPDATE plans_plan AS plan SET approved_street_revision = layer.revision FROM gis_layers_layer AS layer
WHERE layer.id = plan.street_layer_id AND plan.state = 'approved';
UPDATE plans_plan AS plan SET approved_facility_revision = layer.revision FROM gis_layers_layer AS layer
WHERE layer.id = plan.facility_layer_id AND plan.state = 'approved';
"""


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0005_parts'),
        ('rasters', '0001_raster_sheets'),
    ]

    operations = [
        migrations.AddField(
            model_name='plan',
            name='considered_at',
            field=models.DateTimeField(editable=False, help_text='The report holds what was submitted until then.', null=True),
        ),
        migrations.AddField(
            model_name='plan',
            name='approved_street_revision',
            field=models.PositiveBigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='plan',
            name='approved_facility_revision',
            field=models.PositiveBigIntegerField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='plan',
            name='approved_revision',
            field=models.PositiveBigIntegerField(editable=False, help_text="Of the zones' layer.", null=True),
        ),
        migrations.AlterModelOptions(
            name='planpart',
            options={'ordering': ['plan_id', 'stage', '-kind'], 'verbose_name': 'part of a plan', 'verbose_name_plural': 'parts of plans'},
        ),
        migrations.RemoveConstraint(
            model_name='planpart',
            name='a_plan_has_one_part_of_each_kind',
        ),
        migrations.AddField(
            model_name='planpart',
            name='stage',
            field=models.CharField(choices=[('proposal', 'proposal'), ('law', 'law')], default='law', max_length=8),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='planpart',
            constraint=models.UniqueConstraint(models.F('plan'), models.F('stage'), models.F('kind'), name='a_plan_has_one_part_of_each_kind'),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='PlanSheet',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='plans.plan')),
                        ('rastersheet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rasters.rastersheet')),
                    ],
                    options={
                        'db_table': 'plans_plan_sheets',
                        'ordering': ['pk'],
                        'unique_together': {('plan', 'rastersheet')},
                    },
                ),
                migrations.AlterField(
                    model_name='plan',
                    name='sheets',
                    field=models.ManyToManyField(blank=True, help_text='Scanned sheets of the plan; each is shown to those who may see it.', related_name='plans', through='plans.PlanSheet', to='rasters.rastersheet', verbose_name='raster sheets'),
                ),
            ],
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
