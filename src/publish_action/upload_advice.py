"""What to do about an index's no to a distribution."""

_NEW_VERSION = "Publish the change as a new version: an index keeps a file name for ever."

# Parts of Warehouse's messages (measured), in lower case. Words of other indexes are quoted and left to the reader.
_BY_WORDS: tuple[tuple[str, str], ...] = (
    (
        "non-user identities cannot create new projects",
        "The pending publisher names another project than the metadata, and has created that one just now. Register a "
        "pending publisher with the metadata's name, on PyPI at https://pypi.org/manage/account/publishing/, and "
        "delete the project that nobody wants.",
    ),
    ("already exists", _NEW_VERSION),
    ("previously used by a file", _NEW_VERSION),
    ("older than 14 days", "Publish a new version: this release is closed."),
    ("only one sdist", "Remove all sdists but one, or publish a new version if the release has another one already."),
    ("isn't allowed to upload to project", "Use a publisher or a token that belongs to this project."),
    ("is not valid for project", "Use a publisher or a token that belongs to this project."),
    ("too many new projects", "Wait until the limit is lifted, then run the job again; more tries may lengthen it."),
    ("failed to render", "Correct the README or its content type; `twine check --strict` shows what is wrong with it."),
    ("metadata version", "Have the build backend write an older metadata version, which this index knows."),
    ("valid metadata version", "Have the build backend write an older metadata version, which this index knows."),
    ("file too large", "Make the file smaller, or ask the index for a higher limit."),
    ("temporarily disabled", "See the status page of the index, and run the job again when it takes uploads."),
)
_BY_STATUS = {
    404: (
        "Compare the upload URL with the index's documentation. Many indexes answer 404 to a login that may not see "
        "the project."
    ),
    405: "The URL takes no uploads: give the upload URL of the index, not the one that installers read.",
    413: "The file is larger than the index, or a proxy before it, takes: ask its operators for a higher limit.",
}
_OTHERWISE = "Read what the index says, mend it, and publish again; under a new version if a file of this one is up."


def advise(status: int, said: str) -> str:
    """Give the remedy for an answer with this status and these words."""
    words = said.lower()
    by_words = (advice for part, advice in _BY_WORDS if part in words)
    return next(by_words, "") or _BY_STATUS.get(status, _OTHERWISE)
