"""Python's garbage collector, for processes that load much and then work for long.

Nothing that is loaded is garbage, and looking for some again and again takes a fifth of a start. Once all is there, it
would be walked through again and again while mail is worked on, a sixth of the time, and nothing found.
"""

import gc

THRESHOLDS = (20_000, 20, 100)


def pause() -> None:
    """Until `settle`."""
    gc.disable()


def hide() -> None:
    """Take what is there out of the collector's sight."""
    gc.freeze()


def settle() -> None:
    """Hide what is there, and let garbage be looked for less often. Once more when something was replaced: what that
    leaves behind is garbage then."""
    if gc.isenabled():
        gc.unfreeze()
    gc.collect()
    hide()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
