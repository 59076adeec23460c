"""Judge real distributions and show every refusal: a false alarm of a rule would stop somebody's release.

python -m benchmarks.corpus_check                300 wheels and 220 sdists of the most downloaded projects, fetched
                                                 into .cache/corpus
python -m benchmarks.corpus_check FOLDER …       the distributions that lie in these folders; nothing is fetched
"""

import os
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.corpus_fetch import MAX_BYTES, fetch_sdists, fetch_wheels
from publish_action.checks.registry import check_contents
from publish_action.distributions.filename import parse_file_name
from publish_action.distributions.open_file import open_regular
from publish_action.distributions.reader import read_contents
from publish_action.distributions.refusals import find_refusal
from publish_action.errors import DistributionsInvalid
from publish_action.models.finding import Finding, Severity

CORPUS = Path(".cache/corpus")
# No false alarms: old releases that PyPI would refuse today, too (names are to be normalised, and Metadata 2.0
# was never a version of the specification).
REFUSED_BY_PYPI_TODAY = {
    "Deprecated-1.2.18-py2.py3-none-any.whl": "E_WHEEL_NAME",
    "jaraco.classes-3.4.0-py3-none-any.whl": "E_WHEEL_NAME",
    "text_unidecode-1.3-py2.py3-none-any.whl": "E_METADATA_UNREADABLE",
    "jaraco.classes-3.4.0.tar.gz": "E_SDIST_NAME",
    "requests-oauthlib-2.0.0.tar.gz": "E_SDIST_NAME",
    "requests-toolbelt-1.0.0.tar.gz": "E_SDIST_NAME",
}


def main(arguments: list[str]) -> int:
    """Judge the corpus, and give 1 if any distribution in it would be refused."""
    folders = [Path(argument) for argument in arguments] or [CORPUS]
    if not arguments:
        for left_out in (*fetch_wheels(CORPUS), *fetch_sdists(CORPUS)):
            print(f"left out: {left_out}")
    files = sorted(file for folder in folders for end in ("*.whl", "*.tar.gz") for file in folder.glob(end))
    start = time.monotonic()
    judged: dict[str, list[Finding]] = {}
    for file in files:
        if file.stat().st_size > MAX_BYTES:
            print(f"left out: {file.name}: larger than {MAX_BYTES // 10**6} MB")
            continue
        judged[file.name] = judge_file(file)
    print(f"\n{len(judged)} distributions judged in {time.monotonic() - start:.0f} seconds.\n")
    return _print_table(judged)


def judge_file(path: Path) -> list[Finding]:
    """Return the findings about one distribution. Raises `DistributionsInvalid` if it is unreadable."""
    # A corpus may be links into a cache.
    descriptor = open_regular(path.resolve())
    try:
        return list(check_contents(read_contents(descriptor, parse_file_name(path.name))))
    except DistributionsInvalid as error:
        return [find_refusal(path.name, error)]
    finally:
        os.close(descriptor)


def _print_table(judged: dict[str, list[Finding]]) -> int:
    refused = 0
    codes = Counter((finding.code, file) for file, findings in judged.items() for finding in findings)
    for code in sorted({code for code, _ in codes}):
        files = [file for seen, file in codes if seen == code]
        print(f"{code:20} {len(files):4} distributions {sum(codes[code, file] for file in files):5} findings")
    for file, findings in judged.items():
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        refused += any(each.code != REFUSED_BY_PYPI_TODAY.get(file) for each in errors)
        for finding in (*errors, *(finding for finding in findings if finding.severity is not Severity.ERROR)):
            print(f"{finding.severity.value}: {file}: {finding.code}: {finding.message}")
    known = len(judged.keys() & REFUSED_BY_PYPI_TODAY.keys())
    print(f"\n{refused} of {len(judged)} refused without PyPI doing the same; {known} that PyPI would refuse today.")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
