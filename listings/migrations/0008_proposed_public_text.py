"""New public text beside the one on sale. Once proposed it can no longer change, whatever code runs."""

import common.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


FORWARDS = """
CREATE FUNCTION listings_revision_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.status = 'draft' OR (OLD.status <> 'waiting' AND NEW.status <> OLD.status) OR
       (NEW.listing_id, NEW.fields, NEW.before, NEW.submitted_at)
       IS DISTINCT FROM (OLD.listing_id, OLD.fields, OLD.before, OLD.submitted_at) THEN
        RAISE EXCEPTION 'revision % was proposed: % refused', OLD.id, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER revision_immutable BEFORE UPDATE OR DELETE ON listings_listingrevision
    FOR EACH ROW EXECUTE FUNCTION listings_revision_immutable();
"""
BACKWARDS = """
DROP TRIGGER revision_immutable ON listings_listingrevision;
DROP FUNCTION listings_revision_immutable();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0007_views_and_trending'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ListingRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('draft', 'Being written'), ('waiting', 'In review'), ('applied', 'Published'), ('rejected', 'Returned'), ('withdrawn', 'Withdrawn')], default='draft', max_length=10)),
                ('fields', models.JSONField(default=dict)),
                ('before', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(default=common.clock.now)),
                ('updated_at', models.DateTimeField(default=common.clock.now)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reasons', models.JSONField(default=list)),
                ('listing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='listings.listing')),
                ('moderator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'change of public text',
                'verbose_name_plural': 'changes of public text',
                'ordering': ['-pk'],
                'indexes': [models.Index(condition=models.Q(('status', 'waiting')), fields=['submitted_at'], name='revision_queue')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'waiting', 'applied', 'rejected', 'withdrawn'])), name='revision_status_known'), models.CheckConstraint(condition=models.Q(('status', 'draft'), ('submitted_at__isnull', False), _connector='OR'), name='revision_sent_has_time'), models.UniqueConstraint(condition=models.Q(('status__in', ('draft', 'waiting'))), fields=('listing',), name='revision_one_open')],
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
