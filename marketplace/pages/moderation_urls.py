from django.urls import path

from marketplace.pages import (
    moderation_claims,
    moderation_questions,
    moderation_queue,
    moderation_reports,
    moderation_review,
    moderation_texts,
)

urlpatterns = [
    path("", moderation_queue.queue, name="moderation_queue"),
    path("next/", moderation_queue.queue_next, name="moderation_next"),
    path("reports/", moderation_reports.reports, name="moderation_reports"),
    path("reports/<int:pk>/", moderation_reports.report, name="moderation_report"),
    path("refunds/", moderation_claims.claims, name="moderation_claims"),
    path("refunds/<uuid:pk>/", moderation_claims.claim, name="moderation_claim"),
    path("questions/", moderation_questions.questions, name="moderation_questions"),
    path("questions/<int:pk>/", moderation_questions.judge, name="moderation_question"),
    path("takedowns/", moderation_reports.takedowns, name="moderation_takedowns"),
    path("takedowns/<int:pk>/", moderation_reports.takedown, name="moderation_takedown"),
    path("texts/<int:pk>/", moderation_texts.text, name="moderation_text"),
    path("<int:pk>/", moderation_review.review, name="moderation_review"),
    path("<int:pk>/undo/", moderation_queue.undo, name="moderation_undo"),
]
