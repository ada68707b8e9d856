"""The API's addresses, under /api/. Whatever is not named here is answered with a problem."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from marketplace.api import (
    favorites,
    library,
    listing_bulk,
    listing_company,
    listing_versions,
    listings,
    me,
    moderation,
    orders,
    pictures,
    seller,
    seller_payouts,
    seller_stats,
    suggesting,
    vocabulary,
)
from marketplace.api.docs import ReferenceView, SchemaView, UnknownPath

v1: list[URLPattern | URLResolver] = [
    path("listings/", listings.ListingsView.as_view()),
    path("listings/<slug:slug>/", listings.ListingView.as_view()),
    path("listings/<slug:slug>/reviews/", listing_company.ReviewsView.as_view()),
    path("listings/<slug:slug>/similar/", listing_company.SimilarView.as_view()),
    path("listings/<slug:slug>/versions/", listing_versions.VersionsView.as_view()),
    path(
        "listings/<slug:slug>/versions/<int:number>/source/",
        listing_versions.SourceView.as_view(),
        name="api_listing_source",
    ),
    path("listings/<slug:slug>/submission/", listing_versions.SubmissionView.as_view()),
    path("listings/<slug:slug>/publication/", listing_versions.PublicationView.as_view()),
    path("pictures/", pictures.PicturesView.as_view()),
    path("models/", vocabulary.ModelsView.as_view()),
    path("categories/", vocabulary.CategoriesView.as_view()),
    path("tags/", vocabulary.TagsView.as_view()),
    path("search/suggest/", suggesting.SuggestView.as_view()),
    path("orders/", orders.OrdersView.as_view()),
    path("orders/<uuid:id>/", orders.OrderView.as_view()),
    path("orders/<uuid:id>/refunds/", orders.RefundsView.as_view()),
    path("library/", library.LibraryView.as_view()),
    path("library/<uuid:id>/", library.LibraryItemView.as_view()),
    path("library/<uuid:id>/versions/<int:number>/", library.LibraryVersionView.as_view()),
    path("library/<uuid:id>/render/", library.RenderView.as_view()),
    path("seller/listings/", listings.OwnListingsView.as_view()),
    path("seller/listings/bulk/", listing_bulk.BulkView.as_view()),
    path("seller/sales/", seller.SalesView.as_view()),
    path("seller/sales/<int:id>/refunds/", seller_payouts.SaleRefundsView.as_view()),
    path("seller/balance/", seller.BalanceView.as_view()),
    path("seller/stats/", seller_stats.StatsView.as_view()),
    path("seller/payouts/", seller_payouts.PayoutsView.as_view()),
    path("seller/payouts/<uuid:id>/", seller_payouts.PayoutView.as_view()),
    path("moderation/", moderation.ModerationView.as_view()),
    path("moderation/revisions/", moderation.RevisionsView.as_view()),
    path("moderation/revisions/<int:id>/decision/", moderation.RevisionDecisionView.as_view()),
    path("moderation/<slug:slug>/decision/", moderation.DecisionView.as_view()),
    path("me/", me.MeView.as_view()),
    path("me/favorites/", favorites.FavoritesView.as_view()),
]

urlpatterns = [
    path("v1/", include(v1)),
    path("schema/", SchemaView.as_view(), name="api_schema"),
    path("docs/", ReferenceView.as_view(), name="api_docs"),
    re_path(r"", UnknownPath.as_view()),
]
