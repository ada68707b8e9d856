from django.db import models


class PublicChange(models.Model):
    """That something which anyone may see has changed. Triggers write it, in the transaction that changes.

    The tokens of all rows together (by exclusive or) are the stamp of the public state: it is another one as
    soon as a change is committed. Rows are only ever inserted, so that no two changes wait for each other; a
    job replaces many by one with the same effect.
    """

    token = models.BigIntegerField()

    def __str__(self) -> str:
        return f"public change {self.pk}"
