"""What only a sandbox can do: press the buttons of people, banks, clocks and broken networks."""

from .dispatch import ControlError, control

__all__ = ["ControlError", "control"]
