from listings.models.counting import ListingDay, ListingStats, ViewBatch, ViewSource
from listings.models.importing import ImportedPrompt
from listings.models.listing import License, Listing, ListingStatus
from listings.models.review import DecisionKind, ModerationDecision, SubmittedVersion
from listings.models.revision import ListingRevision, RevisionStatus
from listings.models.search import ListingSearch
from listings.models.textprint import TextPrint
from listings.models.version import ExampleOutput, PromptVersion
from listings.models.vocabulary import Category, Modality, Tag, TargetModel

__all__ = [
    "Category",
    "DecisionKind",
    "ExampleOutput",
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
    "PromptVersion",
    "RevisionStatus",
    "SubmittedVersion",
    "Tag",
    "TargetModel",
    "TextPrint",
    "ViewBatch",
    "ViewSource",
]
