"""Errors a person can read. Subclasses are nouns; the message is a sentence in the user's language."""


class DomainError(Exception):
    """A refused act. `code` is stable for clients, `status` is its HTTP status, `fields` names what to mend."""

    code = "refused"
    status = 409

    def __init__(self, message, *, fields=None):
        super().__init__(message)
        self.message = message
        self.fields = fields or {}


class NotFound(DomainError):
    code = "not_found"
    status = 404


class BadRequest(DomainError):
    code = "bad_request"
    status = 400


class NotAuthenticated(DomainError):
    code = "not_authenticated"
    status = 401


class Forbidden(DomainError):
    code = "forbidden"
    status = 403
