"""What is typed into the editor is kept while it is typed, across tabs, and across an expired log-in."""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from common import clock
from common.errors import Conflict
from listings.models import Listing, TargetModel
from listings.services.drafts import ListingInput, listing_create
from listings.vocabulary import OTHER
from marketplace.editor_drafts import Data, begun_with, mark_of, typed_keep
from marketplace.models import EditorDraft
from marketplace.pages.selling_access import SellerRequest
from marketplace.pages.selling_form import DEFAULT_PRICE_AMOUNT, ListingEditor, typed_fields

_KEPT = "typed_before_sign_in"
_SALT = "marketplace.pages.selling_typing"
_KEPT_SECONDS = 30 * 24 * 3600
MAX_KEPT = 1_000_000
MAX_TITLE = 170


@dataclass(frozen=True)
class Tab:
    """The browser tab a form is in. `base` marks what it began from; `person` says who typed, signed."""

    base: str
    person: str
    key: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    def opened(cls, request: SellerRequest, base: Data, *, is_new: bool = False) -> "Tab":
        person = signing.dumps(request.user.pk, salt=_SALT)
        return cls(mark_of(base), person, key=str(uuid.uuid4()) if is_new else "")

    @classmethod
    def posted(cls, sent: QueryDict) -> "Tab":
        said = {name: sent.get(name) or "" for name in ("base", "person", "key", "tab")}
        tab = said["tab"] if re.fullmatch("[0-9a-f]{32}", said["tab"]) else uuid.uuid4().hex
        return cls(said["base"][:40], said["person"], key=said["key"][:40], id=tab)


def autosaved(request: SellerRequest, listing: Listing, stored: Callable[[], Data]) -> HttpResponse:
    """Answer to htmx: what was typed is kept, or that another tab was quicker."""
    tab = Tab.posted(request.POST)
    context: dict[str, Any] = {"at": clock.now(), "listing": listing}
    event = "kept"
    try:
        context["base"] = typed_keep(
            listing=listing,
            data=typed_fields(request.POST),
            tab=tab.id,
            base=tab.base,
            stored=stored,
            force="force" in request.POST,
        )
    except Conflict as error:
        context["conflict"] = error.message
        event = "keptnot"
    response = render(request, "pages/selling/autosave_state.html", context)
    response["HX-Trigger"] = json.dumps({event: {"keep": keep_name(request, listing)}})
    response["HX-Replace-Url"] = reverse("studio_listing_edit", args=[listing.slug])
    return response


def keep_name(request: HttpRequest, listing: Listing | None) -> str:
    """Under which name a browser keeps its own copy: whose it is, and of which listing."""
    return f"{request.user.pk}:{listing.pk if listing else 'new'}"


def begun_listing(request: SellerRequest, key: str) -> Listing | None:
    """The draft that was begun in the empty form with this key, if it was."""
    known = _key(key)
    return begun_with(request.seller, known) if known else None


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def begin_listing(request: SellerRequest, editor: ListingEditor, tab: Tab) -> Listing:
    """Make the draft of a new form, with what of it can be stored; once for each key."""
    if begun := begun_listing(request, tab.key):
        return begun
    try:
        with transaction.atomic():
            listing = listing_create(seller=request.seller, data=_storable(editor))
            EditorDraft.objects.create(listing=listing, key=_key(tab.key), data={}, tab=tab.id)
            return listing
    except IntegrityError:
        begun = begun_listing(request, tab.key)
        if begun is None:
            raise
        return begun


def _storable(editor: ListingEditor) -> ListingInput:
    """Only what a draft cannot do without: all that was typed is kept beside it."""
    bound = editor.listing
    bound.is_valid()
    cleaned = bound.cleaned_data
    title = " ".join(str(cleaned.get("title") or editor.data.get("title", "")).split())[:MAX_TITLE]
    return ListingInput(
        title=title or _("Untitled prompt"),
        model=cleaned.get("model") or str(TargetModel.objects.values_list("slug", flat=True)[0]),
        category=cleaned.get("category") or OTHER,
        price_amount=DEFAULT_PRICE_AMOUNT,
    )


def keeps_typed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Keep a form that is sent after the log-in ran out, until the same person has signed in again.

    The form carries a signed word of who typed it; nobody else is shown it, and strangers can keep nothing.
    """

    @wraps(view)
    def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not request.user.is_authenticated:
            person = _person_of(request.POST)
            sent = request.POST.urlencode()
            if person is not None and len(sent) <= MAX_KEPT:
                request.session[_KEPT] = {"path": request.path, "person": person, "sent": sent}
        return view(request, *args, **kwargs)

    return keeping


def kept_before_sign_in(request: SellerRequest) -> QueryDict | None:
    """The form this person sent to this page before they had to sign in; it is given out once."""
    kept = request.session.get(_KEPT)
    if kept is None or kept["path"] != request.path:
        return None
    del request.session[_KEPT]
    return QueryDict(kept["sent"]) if kept["person"] == request.user.pk else None


def _person_of(sent: QueryDict) -> int | None:
    try:
        person = signing.loads(sent.get("person", ""), salt=_SALT, max_age=_KEPT_SECONDS)
    except signing.BadSignature:
        return None
    return person if isinstance(person, int) else None
