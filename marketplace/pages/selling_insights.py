"""How the business goes, on a page of its own: the same as on the overview."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.pages.selling_access import SellerRequest, seller_page
from marketplace.pages.selling_overview import business_context


@seller_page
@require_safe
def insights(request: SellerRequest) -> HttpResponse:
    context = {"section": "insights", **business_context(request, request.seller)}
    return render(request, "pages/selling/insights.html", context)
