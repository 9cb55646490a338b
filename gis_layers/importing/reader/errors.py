class Unreadable(Exception):
    """Why a file cannot be read: a code that the parent turns into a sentence, and what that sentence names."""

    def __init__(self, code, **detail):
        super().__init__(code)
        self.code = code
        self.detail = detail
