from listings.models.collection import Collection, CollectionItem
from listings.models.counting import ListingDay, ListingStats, SellerViewsDay, ViewBatch, ViewSource
from listings.models.importing import (
    ACTIVE_STATES,
    OPEN_STATES,
    ExternalListing,
    ImportedPrompt,
    ImportJob,
    ImportOutcome,
    ImportRow,
    ImportState,
)
from listings.models.listing import License, Listing, ListingStatus
from listings.models.picture import Picture
from listings.models.public_change import PublicChange
from listings.models.review import (
    Appeal,
    AppealState,
    CheckState,
    DecisionKind,
    ModerationDecision,
    ReviewCheck,
    ReviewClaim,
    SubmittedVersion,
)
from listings.models.revision import ListingRevision, RevisionStatus
from listings.models.rewrite import Rewrite, RewriteField, RewriteState
from listings.models.search import ListingSearch, SearchChange, SearchLexeme, SearchWord
from listings.models.takedown import OPEN_TAKEDOWNS, Takedown, TakedownKind, TakedownState
from listings.models.textprint import TextPrint
from listings.models.trust import TrustRule
from listings.models.version import ExampleOutput, PromptVersion
from listings.models.vocabulary import Category, Modality, Tag, TargetModel

__all__ = [
    "ACTIVE_STATES",
    "OPEN_STATES",
    "OPEN_TAKEDOWNS",
    "Appeal",
    "AppealState",
    "Category",
    "CheckState",
    "Collection",
    "CollectionItem",
    "DecisionKind",
    "ExampleOutput",
    "ExternalListing",
    "ImportJob",
    "ImportOutcome",
    "ImportRow",
    "ImportState",
    "ImportedPrompt",
    "License",
    "Listing",
    "ListingDay",
    "ListingRevision",
    "ListingSearch",
    "ListingStats",
    "ListingStatus",
    "Modality",
    "ModerationDecision",
    "Picture",
    "PromptVersion",
    "PublicChange",
    "ReviewCheck",
    "ReviewClaim",
    "RevisionStatus",
    "Rewrite",
    "RewriteField",
    "RewriteState",
    "SearchChange",
    "SearchLexeme",
    "SearchWord",
    "SellerViewsDay",
    "SubmittedVersion",
    "Tag",
    "Takedown",
    "TakedownKind",
    "TakedownState",
    "TargetModel",
    "TextPrint",
    "TrustRule",
    "ViewBatch",
    "ViewSource",
]
