"""Dataclasses that are made many times for each mail.

Python keeps a frozen one from being changed by a check at each assignment, also at those of its own making: that takes
seven times as long as to make one that is not frozen. These are frozen for the type checker, which sees all of this
program; while it runs, nothing checks it. They are equal and hashed as frozen ones are.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses

    def dataclass(*, frozen=False, **how):
        def made(cls):
            if frozen and "__hash__" not in cls.__dict__:
                how["unsafe_hash"] = how.get("eq", True)
            return dataclasses.dataclass(**how)(cls)

        return made
