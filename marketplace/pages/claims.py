"""What every side's page of a refund claim shows, and the picture that came with it."""

import uuid
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import User
from listings.markdown import markdown_html
from marketplace.pages.buying_access import buyer_page
from marketplace.pages.people import signed_in
from payments.models import ClaimPicture, RefundClaim
from payments.queries_claims import claim_story
from payments.services.claim_steps import MAX_WORDS


class WordsForm(forms.Form):
    """What a side says, kept in the story of the claim."""

    use_required_attribute = False

    words = forms.CharField(
        label=gettext_lazy("Your words"),
        max_length=MAX_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Both sides see this."),
    )


def claim_context(claim: RefundClaim) -> dict[str, Any]:
    """The evidence, the example it is held against, and the story: the same for all who may see it."""
    picture = ClaimPicture.objects.filter(claim=claim).defer("content").first()
    return {
        "claim": claim,
        "item": claim.item,
        "listing": claim.item.listing,
        "story": claim_story(claim),
        "picture": picture,
        "example_html": markdown_html(claim.example.output_text) if claim.example else "",
    }


@buyer_page
@require_safe
def claim_picture(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The screenshot of a claim, for its buyer, its seller and moderators."""
    picture = ClaimPicture.objects.select_related("claim__item__seller").filter(claim=pk).first()
    if picture is None or not _may_see(signed_in(request), picture.claim):
        raise Http404
    response = HttpResponse(bytes(picture.content), content_type="image/webp")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _may_see(user: User, claim: RefundClaim) -> bool:
    is_moderator = user.is_active and user.is_staff
    return is_moderator or user.pk in (claim.buyer_id, claim.item.seller.user_id)
