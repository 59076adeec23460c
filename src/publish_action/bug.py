"""Describe a mistake of ours without showing any value."""

import traceback

from publish_action.errors import PublishError


def describe_bug(error: BaseException) -> PublishError:
    """Say where it happened and of what class it is; its text and its values may hold anything."""
    places = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    ours = [f"{file.rpartition('/')[2]}:{line}" for file, line in places if "publish_action" in file]
    where = f" at {ours[-1]}" if ours else ""
    return PublishError(
        f"publish-action met something it was not written for: {type(error).__name__}{where}.",
        remedy="This is a bug of ours. Please report it with this line and the version of the action.",
        code="E_BUG",
    )
