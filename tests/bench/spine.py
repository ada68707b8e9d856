"""From paying to reading, as a buyer lives it: the hosted page, the return page, the library."""

import statistics
import time

import requests

from accounts.models import User
from listings.models import Listing
from payments.services import order_create
from tests.factories import PASSWORD, UserFactory
from tests.payments.support import pay


def pay_to_text(site: str, purchases: int) -> dict[str, float | int]:
    """Milliseconds from the moment Stripe takes the card until the library shows the text."""
    buyer = UserFactory()
    session = _signed_in(site, buyer)
    paid = Listing.objects.filter(price_amount__gt=0).order_by("pk")[:purchases]
    times = [_buy_and_read(site, session, buyer, listing) for listing in paid]
    return {
        "purchases": len(times),
        "median_ms": round(statistics.median(times)),
        "slowest_ms": round(max(times)),
    }


def _buy_and_read(site: str, session: requests.Session, buyer: User, listing: Listing) -> float:
    order = order_create(buyer=buyer, listing_slugs=[listing.slug])
    began = time.perf_counter()
    pay(order)
    returned = session.get(f"{site}/checkout/return/?session_id={order.stripe_session_id}", timeout=30)
    text = listing.published_version.text.split("{{")[0].strip()[:30]
    while text not in returned.text:
        if time.perf_counter() - began > 30:
            raise AssertionError(f"No text after 30 s: {returned.url} {returned.status_code}")
        time.sleep(0.05)
        returned = session.get(f"{site}/checkout/return/?session_id={order.stripe_session_id}", timeout=30)
    return (time.perf_counter() - began) * 1000


def _signed_in(site: str, user: User) -> requests.Session:
    session = requests.Session()
    login = f"{site}/accounts/login/"
    session.get(login)
    form = {"login": user.email, "password": PASSWORD, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    session.post(login, form, headers={"Referer": login}).raise_for_status()
    return session
