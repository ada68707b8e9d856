"""What a seller sends. Types are checked here, the marketplace's rules by listings.services."""

from rest_framework import serializers

from listings.models.listing import License
from listings.templating import VariableType
from marketplace.api.fields import MinorUnitsField, StrictCharField, StrictIntegerField, StrictSerializer


class StrictBooleanField(serializers.BooleanField):
    """A JSON boolean: not "yes", not 1."""

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class VariableInputSerializer(StrictSerializer):
    name = StrictCharField()
    label = StrictCharField(required=False, allow_blank=True)  # type: ignore[assignment]  # the shape's name
    type = serializers.ChoiceField(choices=VariableType.choices, required=False)
    help = StrictCharField(required=False, allow_blank=True)
    default = StrictCharField(required=False, allow_blank=True)
    choices = serializers.ListField(child=StrictCharField(), required=False)
    required = StrictBooleanField(required=False)  # type: ignore[assignment]  # likewise
    minimum = StrictIntegerField(
        required=False, allow_null=True, help_text="A number's value, a text's characters, how many choices."
    )
    maximum = StrictIntegerField(required=False, allow_null=True)


class ExampleInputSerializer(StrictSerializer):
    values = serializers.DictField()
    output_text = StrictCharField(allow_blank=True)
    picture = StrictCharField(
        required=False,
        allow_null=True,
        help_text="As `pictures/` named it, or as read; left out, the example has none.",
    )
    picture_alt = StrictCharField(required=False, allow_blank=True)


class VersionInputSerializer(StrictSerializer):
    """The part of a listing that a new version may change."""

    prompt = StrictCharField(required=False, allow_blank=True, help_text="The text, with `{{variables}}`.")
    variables = VariableInputSerializer(
        many=True,
        required=False,
        help_text="Left out, they are derived from the prompt as required text fields.",
    )
    instructions = StrictCharField(required=False, allow_blank=True, help_text="For the buyer, after buying.")
    changelog = StrictCharField(required=False, allow_blank=True)
    examples = ExampleInputSerializer(many=True, required=False, help_text="Two at least to submit.")


class ListingInputSerializer(VersionInputSerializer):
    """A listing. Only what a draft cannot do without is required; submission asks for the rest."""

    title = StrictCharField()
    model = StrictCharField(help_text="A slug of /api/v1/models/.")
    category = StrictCharField(help_text="A slug of /api/v1/categories/.")
    price_amount = MinorUnitsField(help_text="US cents: 0 for free, or 300 to 100000.")
    prompt = StrictCharField(allow_blank=True, help_text="The text, with `{{variables}}`.")
    summary = StrictCharField(required=False, allow_blank=True)
    description = StrictCharField(required=False, allow_blank=True, help_text="Markdown.")
    tags = serializers.ListField(child=StrictCharField(), required=False)
    license = serializers.ChoiceField(choices=License.choices, required=False)
    language = StrictCharField(required=False)


class RevisionDecisionInputSerializer(StrictSerializer):
    decision = serializers.ChoiceField(choices=["publish", "reject"])
    reasons = serializers.ListField(child=StrictCharField(), required=False, help_text="Needed to reject.")


class DecisionInputSerializer(RevisionDecisionInputSerializer):
    version = StrictIntegerField(required=False, help_text="The version you read; a newer one is then a 409.")
