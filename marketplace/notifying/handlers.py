"""From what happened (the outbox) to rows for the people it concerns.

The outbox may run a handler twice: `source` makes it one row.
"""

from accounts.models import NoticeKind
from common.models import OutboxMessage
from common.outbox import handles
from marketplace.community.asking import ANSWERED_TOPIC, ASKED_TOPIC
from marketplace.community.models import Question
from marketplace.models import Review
from marketplace.notifying.services import News, people_notify
from marketplace.reviewing import REPLIED_TOPIC, WRITTEN_TOPIC
from payments.models import OrderItem, Refund
from payments.services.refunds import SUCCEEDED_TOPIC


@handles("order_paid")
def sale_made(message: OutboxMessage) -> None:
    """To each seller in the order. The mail is the delivery's."""
    by_seller: dict[int, list[OrderItem]] = {}
    items = OrderItem.objects.filter(order__id=message.subject).select_related("seller", "order")
    for item in items.order_by("pk"):
        by_seller.setdefault(item.seller.user_id, []).append(item)
    people_notify(
        kind=NoticeKind.SALE,
        source=f"order:{message.subject}",
        news=[_sale(user_id, sold) for user_id, sold in by_seller.items()],
        mails=False,
    )


def _sale(user_id: int, sold: list[OrderItem]) -> News:
    amount = sum(item.seller_amount for item in sold)
    facts = {"title": sold[0].title, "count": len(sold), "amount": amount, "currency": sold[0].order.currency}
    what = "sale_many" if len(sold) > 1 else "sale" if amount else "sale_free"
    return News(user_id, what, "/sell/sales/", facts)


@handles(SUCCEEDED_TOPIC)
def refunded(message: OutboxMessage) -> None:
    """To the buyer, whoever decided it."""
    refund = Refund.objects.select_related("payment__order").get(pk=message.subject)
    order = refund.payment.order
    facts = {"number": order.number, "amount": refund.amount, "currency": refund.currency}
    news = News(order.buyer_id, "refund", f"/account/orders/{order.pk}/", facts)
    people_notify(kind=NoticeKind.REFUND, source=f"refund:{refund.pk}", news=[news])


@handles(WRITTEN_TOPIC)
def review_written(message: OutboxMessage) -> None:
    """To the seller, unless it was taken back meanwhile."""
    review = _review(message)
    if review is None:
        return
    facts = {"title": review.listing.title, "stars": review.stars, "note": review.text}
    news = News(review.listing.seller.user_id, "review", "/sell/reviews/", facts)
    people_notify(kind=NoticeKind.REVIEW, source=f"review:{review.pk}", news=[news])


@handles(REPLIED_TOPIC)
def review_replied(message: OutboxMessage) -> None:
    """To the buyer, unless the reply was taken back meanwhile."""
    review = _review(message)
    if review is None or not review.reply:
        return
    listing = review.listing
    facts = {"title": listing.title, "seller": listing.seller.name, "note": review.reply}
    news = News(review.buyer_id, "reply", f"{listing.get_absolute_url()}#reviews", facts)
    people_notify(kind=NoticeKind.REPLY, source=f"review:{review.pk}", news=[news])


@handles(ASKED_TOPIC)
def question_asked(message: OutboxMessage) -> None:
    """To the seller, unless it was taken back or hidden meanwhile."""
    question = _question(message)
    if question is None or question.hidden_at:
        return
    facts = {"title": question.listing.title, "note": question.text}
    news = News(question.listing.seller.user_id, "question", "/sell/questions/", facts)
    people_notify(kind=NoticeKind.QUESTION, source=f"question:{question.pk}", news=[news])


@handles(ANSWERED_TOPIC)
def question_answered(message: OutboxMessage) -> None:
    """To the asker, unless the answer was taken back or hidden meanwhile."""
    question = _question(message)
    if question is None or question.hidden_at or not question.answer:
        return
    listing = question.listing
    facts = {"title": listing.title, "seller": listing.seller.name, "note": question.answer}
    news = News(question.asker_id, "answer", f"{listing.get_absolute_url()}questions/", facts)
    people_notify(kind=NoticeKind.ANSWER, source=f"question:{question.pk}", news=[news])


def _question(message: OutboxMessage) -> Question | None:
    return Question.objects.select_related("listing__seller").filter(pk=int(message.subject)).first()


def _review(message: OutboxMessage) -> Review | None:
    return Review.objects.select_related("listing__seller").filter(pk=int(message.subject)).first()
