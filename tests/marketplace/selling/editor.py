"""Filling the listing editor as a browser sends it."""

PROMPT = "Write to {{name}} about {{topic}}."


def filled(**changes):
    """Everything a listing needs to be submitted."""
    return {
        "title": "Letters people answer",
        "summary": "A letter that gets an answer.",
        "model": "chatgpt",
        "category": "writing",
        "tags": "letters, Mail",
        "language": "en",
        "license": "personal",
        "description": "It writes **letters**.",
        "prompt": PROMPT,
        "instructions": "Try it twice.",
        "price": "4.99",
        "variable-name-label": "Name",
        "variable-name-type": "text",
        "variable-name-required": "on",
        "variable-topic-label": "Topic",
        "variable-topic-type": "choice",
        "variable-topic-choices": "rain\r\nsun\r\n",
        "variable-topic-default": "rain",
        "example-0-value-name": "Ann",
        "example-0-value-topic": "rain",
        "example-0-output": "Dear Ann, it rains.",
        "example-1-value-name": "Ben",
        "example-1-value-topic": "sun",
        "example-1-output": "Dear Ben, it shines.",
    } | changes
