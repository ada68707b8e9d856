"""What the checks of the books found."""
