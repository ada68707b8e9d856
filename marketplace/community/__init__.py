"""Following sellers, models and tags; questions and answers about a listing."""
