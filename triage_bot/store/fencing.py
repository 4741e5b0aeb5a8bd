"""Under which lease a task works, known to every transaction that it begins.

A worker that was stopped for long, or cut off, may have lost what it reads to another worker without having noticed.
So each of its writing transactions looks whether the lease is still its own, and holds it until the commit. What a task
does, it does under its lease: `WORKING_UNDER` is set where the task begins, is inherited by the tasks that it starts,
and `store.writer.Writer` carries it to the thread that talks to the database. No use case needs to know.
"""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lease:
    """`token` grows whenever the resource goes to somebody: a worker that had it before has an older one."""

    resource: str
    worker: str
    token: int


WORKING_UNDER: ContextVar[Lease | None] = ContextVar("WORKING_UNDER", default=None)
