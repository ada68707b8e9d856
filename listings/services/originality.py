"""Writing fingerprints of what was submitted."""

from listings.models import PromptVersion, TextPrint
from listings.originality import fingerprint


def print_write(*, version: PromptVersion) -> None:
    """Keep the fingerprint of a sealed version, once; a text without words has none."""
    mark = fingerprint(version.text)
    if mark is None or version.sealed_at is None:
        return
    TextPrint.objects.get_or_create(
        version=version,
        defaults={
            "seller_id": version.listing.seller_id,
            "sealed_at": version.sealed_at,
            "signature": mark.to_bytes(),
            "bands": mark.bands,
        },
    )


def prints_complete() -> None:
    """Write the prints that are missing, of versions that were sealed before there were any, say."""
    missing = PromptVersion.objects.filter(sealed_at__isnull=False, textprint=None).exclude(text_hash="")
    for version in missing.select_related("listing").order_by("pk").iterator(chunk_size=200):
        print_write(version=version)
