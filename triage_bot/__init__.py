"""A background service that reads a virtual assistant's client messages and answers for her time."""

__version__ = "0.1.0"
