"""How many runs worked is seen by anyone: see listings.models.PublicChange."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0019_public_changes'),
        ('marketplace', '0009_refund_notices'),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER public_runreport AFTER INSERT OR UPDATE OR DELETE ON marketplace_runreport "
            "FOR EACH STATEMENT EXECUTE FUNCTION listings_public_change()",
            "DROP TRIGGER public_runreport ON marketplace_runreport",
        )
    ]
