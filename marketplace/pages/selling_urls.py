from django.urls import path

from marketplace.pages import (
    selling,
    selling_editor,
    selling_export,
    selling_listings,
    selling_preview,
    selling_sales,
)

urlpatterns = [
    path("", selling.studio, name="studio"),
    path("handle/", selling.handle_check, name="studio_handle_check"),
    path("listings/", selling_listings.listings, name="studio_listings"),
    path("listings/new/", selling_editor.listing_new, name="studio_listing_new"),
    path("listings/<slug:slug>/edit/", selling_editor.listing_edit, name="studio_listing_edit"),
    path("listings/<slug:slug>/preview/", selling_preview.listing_preview, name="studio_listing_preview"),
    path("listings/<slug:slug>/submit/", selling_listings.submit, name="studio_listing_submit"),
    path("listings/<slug:slug>/withdraw/", selling_listings.withdraw, name="studio_listing_withdraw"),
    path("listings/<slug:slug>/unlist/", selling_listings.unlist, name="studio_listing_unlist"),
    path("listings/<slug:slug>/relist/", selling_listings.relist, name="studio_listing_relist"),
    path("listings/<slug:slug>/delete/", selling_listings.delete, name="studio_listing_delete"),
    path("description/", selling_preview.description_preview, name="studio_description_preview"),
    path("sales/", selling_sales.sales, name="studio_sales"),
    path("sales/sales.csv", selling_export.sales_csv, name="studio_sales_csv"),
    path("payouts/", selling_sales.payouts, name="studio_payouts"),
]
