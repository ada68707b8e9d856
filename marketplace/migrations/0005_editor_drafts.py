
import common.clock
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0009_review_checks_appeals_and_takedowns'),
        ('marketplace', '0004_favorites_and_replies'),
    ]

    operations = [
        migrations.CreateModel(
            name='EditorDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(null=True, unique=True)),
                ('data', models.JSONField(null=True)),
                ('tab', models.CharField(blank=True, max_length=32)),
                ('changed_at', models.DateTimeField(default=common.clock.now)),
                ('discarded_at', models.DateTimeField(null=True)),
                ('listing', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='editor_draft', to='listings.listing')),
            ],
        ),
    ]
