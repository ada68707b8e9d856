"""Facts about a page in schema.org's words, for search engines. Public facts only."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from listings.models import Listing
from marketplace.sharing.pictures import PictureFacts

Facts = dict[str, Any]


def product(listing: Listing, picture: PictureFacts) -> Facts:
    """https://schema.org/Product with its offer; the rating only where there are reviews."""
    url = f"{settings.PUBLIC_URL}{listing.get_absolute_url()}"
    facts: Facts = {
        "@context": "https://schema.org",
        "@type": "Product",
        "@id": url,
        "url": url,
        "name": listing.title,
        "description": listing.summary,
        "sku": listing.slug,
        "image": picture.url,
        "category": listing.category.local_name,
        "brand": {"@type": "Brand", "name": listing.seller.name},
        "offers": {
            "@type": "Offer",
            "url": url,
            "price": str(Decimal(listing.price_amount).scaleb(-2)),
            "priceCurrency": listing.currency.upper(),
            "availability": "https://schema.org/InStock",
            "seller": {
                "@type": "Person",
                "name": listing.seller.name,
                "url": f"{settings.PUBLIC_URL}{listing.seller.get_absolute_url()}",
            },
        },
    }
    if listing.rating_count:
        facts["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": listing.rating_average,
            "reviewCount": listing.rating_count,
            "bestRating": 5,
            "worstRating": 1,
        }
    return facts


def breadcrumbs(*steps: tuple[str, str]) -> Facts:
    """Where a page is, from the catalogue down: names and paths."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": f"{settings.PUBLIC_URL}{path}"}
            for place, (name, path) in enumerate([(_("Prompts"), reverse("prompts")), *steps], 1)
        ],
    }


def website() -> Facts:
    """The site and how to search it."""
    search = f"{settings.PUBLIC_URL}{reverse('prompts')}?q={{search_term_string}}"
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": "Promptfair",
        "url": f"{settings.PUBLIC_URL}/",
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": search},
            "query-input": "required name=search_term_string",
        },
    }
