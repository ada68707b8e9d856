"""URLs of what buyers come for: paying, the library, and their orders."""

from django.urls import path

from marketplace.pages import (
    buying_cart,
    buying_checkout,
    buying_claims,
    buying_library,
    buying_orders,
    buying_refunds,
    buying_reviews,
    claims,
    following,
    notifications,
    unsubscribing,
)

urlpatterns = [
    path("cart/", buying_cart.cart, name="cart"),
    path("cart/change/", buying_cart.cart_change, name="cart_change"),
    path("checkout/", buying_checkout.checkout, name="checkout"),
    path("checkout/return/", buying_checkout.checkout_return, name="checkout_return"),
    path("checkout/canceled/", buying_checkout.checkout_canceled, name="checkout_canceled"),
    path("library/", buying_library.library, name="library"),
    path("library/<uuid:pk>/", buying_library.library_item, name="library_item"),
    path("library/<uuid:pk>/open/", buying_library.library_open, name="library_open"),
    path("library/<uuid:pk>/refund/", buying_claims.library_refund, name="library_refund"),
    path("library/<uuid:pk>/render/", buying_library.library_render, name="library_render"),
    path("library/<uuid:pk>/changes/", buying_library.library_changes, name="library_changes"),
    path("library/<uuid:pk>/download.md", buying_library.library_markdown, name="library_markdown"),
    path("library/<uuid:pk>/download.txt", buying_library.library_text, name="library_text"),
    path("library/<uuid:pk>/review/", buying_reviews.library_review, name="library_review"),
    path("favorites/", buying_reviews.favorites, name="favorites"),
    path("favorites/change/", buying_reviews.favorite_change, name="favorite_change"),
    path("following/", following.following, name="following"),
    path("following/change/", following.follow_change, name="follow_change"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/<int:pk>/", notifications.notification, name="notification"),
    path("unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("account/orders/", buying_orders.orders, name="orders"),
    path("account/orders/<uuid:pk>/", buying_orders.order, name="order"),
    path("account/orders/<uuid:pk>/cancel/", buying_orders.order_cancel, name="order_cancel"),
    path("account/refunds/<uuid:pk>/", buying_claims.refund_claim, name="refund_claim"),
    path(
        "account/refunds/<uuid:pk>/withdraw/",
        buying_claims.refund_claim_take_back,
        name="refund_claim_withdraw",
    ),
    path("account/refunds/<uuid:pk>/picture.webp", claims.claim_picture, name="claim_picture"),
    path("account/orders/<uuid:pk>/refund/", buying_refunds.order_refund, name="order_refund"),
]
