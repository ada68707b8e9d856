from django.urls import path

from marketplace.pages import (
    selling,
    selling_account,
    selling_editor,
    selling_export,
    selling_listings,
    selling_payouts,
    selling_preview,
    selling_refunds,
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
    path("sales/<int:pk>/refund/", selling_refunds.sale_refund, name="studio_sale_refund"),
    path("payouts/", selling_payouts.payouts, name="studio_payouts"),
    path("payouts/new/", selling_payouts.payout_new, name="studio_payout_new"),
    path("payouts/setup/", selling_account.payouts_setup, name="studio_payouts_setup"),
    path("payouts/setup/again/", selling_account.payouts_refresh, name="studio_payouts_refresh"),
    path("payouts/setup/done/", selling_account.payouts_return, name="studio_payouts_return"),
    path("payouts/dashboard/", selling_account.payouts_dashboard, name="studio_payouts_dashboard"),
    path("payouts/<uuid:pk>/", selling_payouts.payout, name="studio_payout"),
]
