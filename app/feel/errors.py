"""The only exceptions that this package raises."""


class FeelError(Exception):
    """Anything that FEEL refuses."""


class FeelSyntaxError(FeelError):
    """A text is not a FEEL expression; `position` is the offset of the first character that cannot be read."""

    def __init__(self, message: str, position: int, text: str) -> None:
        super().__init__(message, position, text)
        self.message = message
        self.position = position
        self.text = text

    @property
    def line(self) -> int:
        """Line of the fault, counted from 1."""
        return self.text.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        """Column of the fault, counted from 1."""
        return self.position - (self.text.rfind("\n", 0, self.position) + 1) + 1

    def __str__(self) -> str:
        return f"{self.message} (line {self.line}, column {self.column})"


class FeelLimitExceeded(FeelError):
    """An expression or an evaluation needs more than a bound of this package allows; `limit` names the bound."""

    def __init__(self, limit: str, detail: str = "") -> None:
        super().__init__(limit, detail)
        self.limit = limit
        self.detail = detail

    def __str__(self) -> str:
        return f"Limit exceeded: {self.limit}" + (f" ({self.detail})" if self.detail else "")


class FeelValueError(FeelError):
    """A Python value that is no FEEL value was given, such as a float."""
