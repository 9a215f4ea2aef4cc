"""The errors nakapotsu raises on purpose; every message says what was found, expected and what to do."""


class NakapotsuError(Exception):
    """Base class of every error that nakapotsu raises on purpose."""


class InputError(NakapotsuError, ValueError):
    """A file or value given by the user is not what was expected."""


class DataError(NakapotsuError, ValueError):
    """A file shipped under ``data/`` breaks one of the promises its loader checks."""


class ReadFileError(NakapotsuError, OSError):
    """A file cannot be opened, read or written."""
