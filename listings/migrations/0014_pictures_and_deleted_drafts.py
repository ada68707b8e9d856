
import common.clock
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0013_takedowns_that_end_access'),
    ]

    operations = [
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(help_text='SHA-256 of the largest file.', max_length=64)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField(default=common.clock.now)),
                ('touched_at', models.DateTimeField(default=common.clock.now)),
                ('stored_at', models.DateTimeField(null=True)),
                ('doomed_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
            },
        ),
        migrations.AddField(
            model_name='exampleoutput',
            name='picture_alt',
            field=models.CharField(blank=True, max_length=300, verbose_name='what the picture shows'),
        ),
        migrations.AddField(
            model_name='listing',
            name='deleted_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='A draft can be brought back for 30 days.', null=True),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='listing_deleted'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.CheckConstraint(condition=models.Q(('deleted_at', None), ('status', 'draft'), _connector='OR'), name='listing_deleted_is_draft'),
        ),
        migrations.AddIndex(
            model_name='picture',
            index=models.Index(fields=['touched_at'], name='picture_touched'),
        ),
        migrations.AddConstraint(
            model_name='picture',
            constraint=models.UniqueConstraint(condition=models.Q(('doomed_at', None)), fields=('digest',), name='picture_once_per_content'),
        ),
        migrations.AddField(
            model_name='exampleoutput',
            name='picture',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='examples', to='listings.picture'),
        ),
    ]
