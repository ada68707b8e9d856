"""Make the people who buy and what they buy, and write them to a file. A step of the stack's start."""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402

from accounts.models import Scope, User  # noqa: E402
from accounts.services import token_create  # noqa: E402
from listings.models import ListingStatus  # noqa: E402
from tests.factories import PASSWORD, ListingFactory, SellerProfileFactory, UserFactory  # noqa: E402

PRICES = (300, 333, 499, 999, 1450, 2999)  # cents; of some, the fee is rounded
SELLERS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buyers", type=int, required=True)
    parser.add_argument("--listings", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    sellers = SellerProfileFactory.create_batch(SELLERS)
    listings = [
        ListingFactory(
            status=ListingStatus.PUBLISHED,
            seller=sellers[number % SELLERS],
            price_amount=PRICES[number % len(PRICES)],
        )
        for number in range(given.listings)
    ]
    buyers = UserFactory.create_batch(given.buyers, password=None)
    # The real hasher is slow on purpose; one hash serves all.
    User.objects.update(password=make_password(PASSWORD))
    people = {
        "listings": [{"slug": each.slug, "price": each.price_amount} for each in listings],
        "buyers": [_person(buyer) for buyer in buyers],
    }
    given.out.write_text(json.dumps(people))


def _person(buyer: User) -> dict[str, str]:
    _, token = token_create(user=buyer, name="Chaos", scopes=[Scope.ORDERS_WRITE])
    return {"email": buyer.email, "password": PASSWORD, "token": token}


if __name__ == "__main__":
    main()
