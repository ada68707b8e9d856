from listings.models.listing import Listing, ListingStatus
from listings.models.review import DecisionKind, ModerationDecision
from listings.models.search import ListingSearch
from listings.models.version import ExampleOutput, PromptVersion
from listings.models.vocabulary import Category, Modality, Tag, TargetModel

__all__ = [
    "Category",
    "DecisionKind",
    "ExampleOutput",
    "Listing",
    "ListingSearch",
    "ListingStatus",
    "Modality",
    "ModerationDecision",
    "PromptVersion",
    "Tag",
    "TargetModel",
]
