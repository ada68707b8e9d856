"""What the market wants: searches in vain, demand by model and category, prices of like prompts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from listings.missed import MIN_PEOPLE, missed_searches
from listings.models import Category
from listings.queries.market import MIN_LISTINGS, MIN_SELLERS, market_groups
from listings.queries.studio import own_prices
from marketplace.pages.selling_access import SellerRequest, seller_page


@seller_page
@require_safe
def insights(request: SellerRequest) -> HttpResponse:
    """Sums of many sellers alone; no figure is of fewer than MIN_SELLERS."""
    names = {category.slug: category.local_name for category in Category.objects.all()}
    categories = market_groups("category")
    by_slug = {group.slug: group for group in categories if group.middle_amount}
    context = {
        "missed": missed_searches(),
        "min_people": MIN_PEOPLE,
        "categories": [(names.get(group.slug, group.name), group) for group in categories],
        "models": [(group.name, group) for group in market_groups("model")],
        "prices": [
            (names.get(slug, slug), amount, by_slug[slug])
            for slug, amount in own_prices(request.seller).items()
            if slug in by_slug
        ],
        "min_listings": MIN_LISTINGS,
        "min_sellers": MIN_SELLERS,
        "section": "insights",
    }
    return render(request, "pages/selling/insights.html", context)
