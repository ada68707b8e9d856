"""What the automated checks found, for moderators: rules, places and shares, never a text."""

from typing import Any

from rest_framework import serializers

from listings.models import CheckState, ReviewCheck
from marketplace.api.fields import Timestamp


class CheckFindingSerializer(serializers.Serializer[Any]):
    """What a rule found, and where; never the text itself."""

    rule = serializers.CharField()
    severity = serializers.ChoiceField(choices=["error", "warning", "hint"])
    field = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    column = serializers.IntegerField(allow_null=True)


class NearCopySerializer(serializers.Serializer[Any]):
    """A version of another seller that is much alike."""

    version = serializers.IntegerField(help_text="An id; its text is compared at the desk alone.")
    percent = serializers.IntegerField()
    is_earlier = serializers.BooleanField(help_text="Whether it was submitted before this one.")


class ChecksSerializer(serializers.Serializer[ReviewCheck]):
    """The automated checks. While `state` is `queued` nothing is known yet."""

    state = serializers.ChoiceField(choices=CheckState.choices)
    score = serializers.IntegerField(allow_null=True)
    findings = CheckFindingSerializer(many=True)
    near_copies = NearCopySerializer(many=True)
    finished_at = Timestamp(allow_null=True)
