"""Find in a file's bytes what must not be published: secrets, memory dumps, and code that PyPI does not take."""

import re
from bisect import bisect_left
from dataclasses import dataclass

from publish_action.distributions.archive.paths import normalise_member_path
from publish_action.distributions.scanning.fixture_places import is_among_tests
from publish_action.distributions.scanning.patterns import NEAR, REACH, SECRET_PATTERNS, SecretPattern, is_placeholder

CORE_DUMP = "core-dump"
"""The pattern's name of a hit that says: the file is a program's memory."""
OBFUSCATED = ("pyarmor", "sourcedefender")
"""The patterns' names of hits that say: PyPI refuses this code."""
MAX_HITS = 3
"""Of one pattern in one member, certain and doubtful ones counted apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place that a pattern matched. Never holds what matched."""

    member: str
    """The member's path, as the archive spells it."""
    line: int
    """From 1; 0 where the file is not text."""
    pattern: str
    """The pattern's name."""
    doubt: str = ""
    """Why it may be no secret, in words that follow "but"; empty where there is no doubt."""


class ContentScan:
    """Scans one member, whose blocks are fed in their order. For one thread.

    However the bytes are cut into blocks, the hits are the same; the first block alone tells text from other files.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._folded = normalise_member_path(path).casefold()
        self._name = self._folded.rpartition("/")[2]
        self._below_tests = is_among_tests(path)
        self._patterns: tuple[SecretPattern, ...] | None = None
        self._is_text = True
        self._has_wide_letters = False
        self._carried = b""
        self._judged = 0  # how many of the carried bytes have been judged
        self._lines = 1  # the line that the carried bytes begin in
        self._hits: list[Hit] = []
        self._counts: dict[tuple[str, bool], int] = {}
        self._marks: dict[bytes, int] = {}

    def feed(self, block: bytes) -> None:
        """Take the next bytes; the first block tells whether the member is text."""
        if not block:
            return
        if self._patterns is None:
            self._patterns = self._choose(block)
        if self._has_wide_letters:
            block = block.replace(b"\0", b"")
        self._look(block)
        self._carry(block)

    def finish(self) -> tuple[Hit, ...]:
        """Return what was found, in the order of lines; bounded, however often a pattern matched."""
        for pattern in self._patterns or ():
            self._judge(self._carried, pattern, upto=len(self._carried))
        for name, marks, needed in _OBFUSCATION:
            found = [self._marks[mark] for mark in marks if mark in self._marks]
            if len(found) >= needed:
                self._add(Hit(member=self._path, line=min(found) if self._is_text else 0, pattern=name))
        return tuple(sorted(self._hits, key=lambda hit: (hit.line, hit.pattern, hit.doubt)))

    def _choose(self, block: bytes) -> tuple[SecretPattern, ...]:
        """Learn what kind of file it is from its first block, and give the patterns that are sought in it."""
        self._has_wide_letters = block.startswith((b"\xff\xfe", b"\xfe\xff"))
        self._is_text = self._has_wide_letters or b"\0" not in block
        if _is_core_dump(block):
            self._add(Hit(member=self._path, line=0, pattern=CORE_DUMP))
        is_small = len(block) <= SMALL_FILE
        if self._is_text or is_small or self._name.endswith(_FILES_WITH_STRINGS):
            return tuple(row for row in SECRET_PATTERNS if row.files is None or row.files.fullmatch(self._folded))
        return tuple(row for row in SECRET_PATTERNS if row.anywhere)

    def _look(self, block: bytes) -> None:
        """Judge what the new bytes bring within reach. What is not yet within reach waits for the next bytes."""
        seam = self._carried + block[:_LONGEST]
        window = b""
        for pattern in self._patterns or ():
            # Most files hold no pattern's literal: for them this line is all the work, and nothing is copied.
            if pattern.literal in block or pattern.literal in seam:
                window = window or self._carried + block
                self._judge(window, pattern, upto=len(window) - REACH)
        if self._name.endswith(_SOURCE):
            self._mark(block, seam)

    def _judge(self, window: bytes, pattern: SecretPattern, *, upto: int) -> None:
        # The work for one match is bounded, however many there are and however long the window is: a hostile member
        # is full of matches.
        company = _Company(pattern, window, begin=max(0, self._judged - NEAR))
        for match in pattern.expression.finditer(window, self._judged):
            if match.start() >= upto or self._has_all(pattern):
                return
            doubt = self._doubt(pattern, match, company)
            if self._has_most(pattern, is_doubted=bool(doubt)):
                continue
            line = self._lines + window.count(b"\n", 0, match.start()) if self._is_text else 0
            self._add(Hit(member=self._path, line=line, pattern=pattern.name, doubt=doubt))

    def _doubt(self, pattern: SecretPattern, match: re.Match[bytes], company: "_Company") -> str:
        """Return why a match may be no secret, or nothing where there is no doubt."""
        if is_placeholder(pattern, match["body"]):
            return "it looks like a placeholder"
        if pattern.company and not company.is_near(match):
            return "the secret that belongs to it is not nearby"
        return self._standing_doubt(pattern)

    def _standing_doubt(self, pattern: SecretPattern) -> str:
        """Return why no match of a pattern in this member is certain, or nothing where one can be."""
        if self._below_tests and not pattern.anywhere:
            return "it is among tests, examples or documentation"
        return pattern.doubt

    def _has_most(self, pattern: SecretPattern, *, is_doubted: bool) -> bool:
        return self._counts.get((pattern.name, is_doubted), 0) >= MAX_HITS

    def _has_all(self, pattern: SecretPattern) -> bool:
        """Return whether no match of a pattern can be kept any more."""
        can_be_certain = not self._standing_doubt(pattern)
        return self._has_most(pattern, is_doubted=True) and not (
            can_be_certain and not self._has_most(pattern, is_doubted=False)
        )

    def _mark(self, block: bytes, seam: bytes) -> None:
        """Note the first line of each of the words by which PyPI knows obfuscated code."""
        for mark in _MARKS:
            if mark not in self._marks and (mark in block or mark in seam):
                window = self._carried + block
                self._marks[mark] = self._lines + window.count(b"\n", 0, window.find(mark))

    def _add(self, hit: Hit) -> None:
        """Keep a hit; who adds more than one of a kind has asked whether there is room."""
        key = (hit.pattern, bool(hit.doubt))
        self._counts[key] = self._counts.get(key, 0) + 1
        self._hits.append(hit)

    def _carry(self, block: bytes) -> None:
        """Keep the end of what was read: what is not judged yet, and as much before it as a match may look back to."""
        carried = block[-_KEPT:] if len(block) >= _KEPT else (self._carried + block)[-_KEPT:]
        if self._is_text:
            total = self._lines + self._carried.count(b"\n") + block.count(b"\n")
            self._lines = total - carried.count(b"\n")
        self._judged = max(0, len(carried) - REACH)
        self._carried = carried


class _Company:
    """Where in a window stands what belongs to a secret; sought once, when a match first asks."""

    def __init__(self, pattern: SecretPattern, window: bytes, *, begin: int) -> None:
        self._pattern = pattern
        self._window = window
        self._begin = begin
        self._spans: list[tuple[int, int]] | None = None

    def is_near(self, match: re.Match[bytes]) -> bool:
        """Return whether it stands within reach of a match."""
        if self._spans is None:
            found = self._pattern.company.finditer(self._window, self._begin) if self._pattern.company else ()
            self._spans = [each.span() for each in found]
        at = bisect_left(self._spans, (match.start() - NEAR, 0))
        return at < len(self._spans) and self._spans[at][1] <= match.end() + NEAR


SMALL_FILE = 64 << 10
"""Bytes of the first block up to which every pattern is sought in a file that is not text."""

_KEPT = REACH + NEAR
# Compiled code and small data bases have leaked secrets before: an upload token of PyPI's own staff stood in a .pyc.
_FILES_WITH_STRINGS = (".pyc", ".pyo", ".db", ".sqlite", ".sqlite3", ".pkl", ".pickle", ".swp", ".ds_store")

# PyPI's own rules (warehouse, scanner_rules/pyarmor.yar and sourcedefender.yar, 2026-08): the words, how many of them
# make a match, and the files that are looked at.
_SOURCE = (".py", ".pye")
# Put together here: spelt out whole, they would make PyPI refuse this file.
_PYARMOR, _PYE_FILE = b"__py" + b"armor_", b"PYE " + b"FILE---"
_OBFUSCATION: tuple[tuple[str, tuple[bytes, ...], int], ...] = (
    (
        OBFUSCATED[0],
        (
            _PYARMOR + b"_(__name__, __file__,",
            *(_PYARMOR + word for word in (b"enter__", b"exit__", b"assert__", b"bcc__")),
        ),
        1,
    ),
    (OBFUSCATED[1], (b"---BEGIN " + _PYE_FILE, b"---END " + _PYE_FILE), 2),
)
_MARKS = tuple(mark for _, marks, _ in _OBFUSCATION for mark in marks)
_LONGEST = max(len(literal) for literal in (*_MARKS, *(row.literal for row in SECRET_PATTERNS)))


# Where each format says that the file is a process's memory: an ELF header's type, a Mach-O header's file type, a
# Windows minidump's signature.
def _is_core_dump(start: bytes) -> bool:
    if start.startswith(b"\x7fELF"):
        return start[16:18] == (b"\0\4" if start[5:6] == b"\2" else b"\4\0")
    if start.startswith((b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")):
        return start[12:16] == b"\4\0\0\0"
    return start.startswith(b"MDMP\x93\xa7")
