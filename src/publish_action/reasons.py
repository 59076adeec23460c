"""Every reason code with its meaning and its remedy: one table for the decision, the docs and `explain`."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from publish_action.errors import ExitStatus

_LONGEST_COMPARED = 60
"""Characters: comparing texts takes time that grows with both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One code: what it means, why we say it, and what to do next."""

    code: str
    status: ExitStatus
    row: str
    """The row of the decision table, or empty where the code is none of the decision's."""
    meaning: str
    remedy: str


_REASONS: tuple[Reason, ...] = (
    Reason(
        code="OK_PUBLIC",
        status=ExitStatus.DONE,
        row="14",
        meaning="The repository is public by an authoritative source, no source dissents, no distribution declares "
        "itself private, and the index is one that everybody can read.",
        remedy="Nothing.",
    ),
    Reason(
        code="OK_PUBLIC_BY_GRANT",
        status=ExitStatus.DONE,
        row="15",
        meaning="The repository is not public, and a reviewed policy grants that this project goes to a public index "
        "from a named environment. Attestations are off: they would publish the names of repository and workflow.",
        remedy="Nothing. To end the grant, take it out of the policy or give it an `expires`.",
    ),
    Reason(
        code="OK_PRIVATE",
        status=ExitStatus.DONE,
        row="16",
        meaning="The index is marked private, by the policy or by `private-index-url`.",
        remedy="Nothing.",
    ),
    Reason(
        code="E_TRIGGER",
        status=ExitStatus.REFUSED,
        row="1",
        meaning="A pull request, a merge queue or a fork's workflow run started the job. What it builds has not been "
        "merged by anybody yet, so whoever can open a pull request could publish.",
        remedy="Publish from a release, a tag push, a push to a protected branch or workflow_dispatch. In a workflow "
        "that pull requests start too, skip the publishing job, for example by `if: github.event_name == 'release'`.",
    ),
    Reason(
        code="E_DIST_STRAY",
        status=ExitStatus.DISTRIBUTIONS,
        row="1a",
        meaning="A file in `packages-dir` looks like a distribution and is neither a wheel nor a `.tar.gz` (`.zip`, "
        "`.egg`, `.exe`, …), or is a signature without its distribution. Leaving it out in silence could publish half "
        "of a release.",
        remedy="Build wheels and `.tar.gz` sdists only, or narrow `packages-dir` to the files you mean, as "
        "`dist/*.whl`.",
    ),
    Reason(
        code="E_DIST_NOT_REGULAR",
        status=ExitStatus.DISTRIBUTIONS,
        row="1a",
        meaning="Something that is named like a distribution is a link, a pipe, a device or a directory. What it "
        "leads to can change between the check and the upload.",
        remedy="Copy the real file into `packages-dir`.",
    ),
    Reason(
        code="E_DIST_NESTED",
        status=ExitStatus.DISTRIBUTIONS,
        row="1a",
        meaning="A folder inside `packages-dir` holds distributions that no line of `packages-dir` means. It is what a "
        "download of several artifacts without merging leaves behind; publishing the others alone would be half a "
        "release.",
        remedy="Set `merge-multiple: true` in the step actions/download-artifact, or add the line that the message "
        "shows, as `dist/*/*`. Exclude a folder that is not part of the release by a line such as `!dist/old`.",
    ),
    Reason(
        code="E_DIST_EMPTY",
        status=ExitStatus.DISTRIBUTIONS,
        row="2",
        meaning="No wheel and no `.tar.gz` was found in `packages-dir` or for one of its lines, or none of the project "
        "that `project` names.",
        remedy="See that the build ran, that its files were handed to this job (upload-artifact, download-artifact), "
        "and that `packages-dir` names the folder they are in.",
    ),
    Reason(
        code="E_DIST_MIXED_PROJECTS",
        status=ExitStatus.DISTRIBUTIONS,
        row="3",
        meaning="The distributions belong to several projects. Each project has its own place to go to, so each is "
        "decided by itself.",
        remedy="Run this step once for each project, with the input `project`.",
    ),
    Reason(
        code="E_DIST_MIXED_VERSIONS",
        status=ExitStatus.DISTRIBUTIONS,
        row="3",
        meaning="The distributions are of several versions. Mostly an older build was left in the folder.",
        remedy="Empty the folder before the build, or give each build its own artifact.",
    ),
    Reason(
        code="E_DIST_NAME_MISMATCH",
        status=ExitStatus.DISTRIBUTIONS,
        row="3",
        meaning="A file's name and the metadata inside speak of different projects or versions. An index believes the "
        "one, installers may believe the other.",
        remedy="Do not rename distributions; build them again.",
    ),
    Reason(
        code="E_METADATA_UNREADABLE",
        status=ExitStatus.DISTRIBUTIONS,
        row="4",
        meaning="The metadata of a distribution cannot be read whole. What they declare is not known then, and that "
        "could be `Private :: Do Not Upload`.",
        remedy="Build again with a current build backend; the message names the file and what is in the way.",
    ),
    Reason(
        code="E_METADATA_AMBIGUOUS",
        status=ExitStatus.DISTRIBUTIONS,
        row="4",
        meaning="The metadata can be read in two ways: by a broken header, a header after the blank line, or a second "
        "metadata file. An index may read the other one than we do, and lose a private marker on the way.",
        remedy="Take the second file out of the distribution, or repair the header, and build again.",
    ),
    Reason(
        code="E_ARCHIVE_INVALID",
        status=ExitStatus.DISTRIBUTIONS,
        row="4",
        meaning="A distribution is no whole zip or gzip archive: empty, cut, two formats at once, or with bytes "
        "before or after it.",
        remedy="Build again, and see that the file arrives whole in this job.",
    ),
    Reason(
        code="E_ARCHIVE_BOMB",
        status=ExitStatus.DISTRIBUTIONS,
        row="4",
        meaning="An archive unpacks to far more than it holds. PyPI refuses wheels of more than 64 MiB that are more "
        "than 50 times the file. Archives of more than 2 GiB that are more than 50 times the file are not judged, for "
        "no index: the bound is ours, and keeps the runner's time and memory.",
        remedy="Take the large, empty or repeated content out of the build.",
    ),
    Reason(
        code="E_NAME_INVALID",
        status=ExitStatus.DISTRIBUTIONS,
        row="4",
        meaning="The name of a project or a file does not follow the rules: ASCII letters, digits and `. _ -`, as "
        "PEP 508 and the binary and source distribution formats have it. Letters that only look alike are among these.",
        remedy="Correct the name in pyproject.toml and build again.",
    ),
    Reason(
        code="E_SDIST_LAYOUT",
        status=ExitStatus.DISTRIBUTIONS,
        row="4",
        meaning="An sdist does not hold one top directory named `{name}-{version}` with all files in it (PEP 625 and "
        "the source distribution format), or nobody can build from it: it has neither pyproject.toml nor setup.py, or "
        "a [build-system] that requires nothing (PEP 518).",
        remedy="Build the sdist with a build backend (`python -m build --sdist`), not by hand.",
    ),
    Reason(
        code="E_POLICY_INVALID",
        status=ExitStatus.INPUTS,
        row="5",
        meaning="The policy file is there and says something we do not understand. Ignoring that part could ignore "
        "the very rule that keeps a project private.",
        remedy="Repair the named lines on the default branch; an unknown key is an error on purpose.",
    ),
    Reason(
        code="E_POLICY_UNAVAILABLE",
        status=ExitStatus.UNREACHABLE,
        row="5",
        meaning="Nobody could tell whether there is a policy. Only GitHub's own answer that there is no such file "
        'means "no policy".',
        remedy="Give the job `permissions: contents: read` (for a policy in another repository a `github-token` that "
        "can read it), or run it again if GitHub was out of reach.",
    ),
    Reason(
        code="E_URL_NOT_CANONICAL",
        status=ExitStatus.INPUTS,
        row="6",
        meaning="The URL of an index has more than one meaning or spelling. Programs read user names, `\\`, `%`, upper "
        "case and dots in different ways, so the host that was judged might not be the host that is dialled.",
        remedy="Write `https://host/path` with a lower-case host, without user name, query or fragment. Give "
        "credentials in `public-index-token`, or in `private-index-username` and `private-index-password`.",
    ),
    Reason(
        code="E_POLICY_PYPI_NOT_PRIVATE",
        status=ExitStatus.INPUTS,
        row="6",
        meaning="A host of PyPI or TestPyPI is given as a private index. Everybody can read what is there.",
        remedy="Give the URL of your private index; for PyPI choose `index: pypi`.",
    ),
    Reason(
        code="E_INDEX_AUDIENCE",
        status=ExitStatus.INPUTS,
        row="6",
        meaning="One place is given twice: once as an index that everybody can read, once as a private one. If we "
        "believed the second, private code could reach the first.",
        remedy="Say once who can read that place: remove one of the two entries, or give both the same audience.",
    ),
    Reason(
        code="E_UPLOAD_URL",
        status=ExitStatus.INPUTS,
        row="6",
        meaning="The URL of an index is not its upload URL: it is the one that installers read, or another address of "
        "PyPI's or TestPyPI's, and this server accepts no uploads there. Nothing was sent.",
        remedy="Write the upload URL that the message shows; `docs/indexes/` has a page for each kind of server.",
    ),
    Reason(
        code="E_INDEX_UNKNOWN",
        status=ExitStatus.INPUTS,
        row="6, 8",
        meaning="The input `index`, or the `default-index` of a project in the policy, names an index that is neither "
        "built in, nor given inline, nor in the policy. A name is never replaced by another one.",
        remedy="Correct the name: the message shows the known ones. Set `private-index-url` for `private`, or define "
        "the index in the policy on the default branch.",
    ),
    Reason(
        code="E_PRIVATE_CLASSIFIER_INCONSISTENT",
        status=ExitStatus.DISTRIBUTIONS,
        row="7",
        meaning="Some files of the release declare themselves private and others do not. One of them is from another "
        "build, and we do not guess which.",
        remedy="Build all distributions again from one commit, in an empty folder.",
    ),
    Reason(
        code="E_NO_PRIVATE_INDEX",
        status=ExitStatus.REFUSED,
        row="8",
        meaning="The repository is private or internal, and this run knows no private index that the project may go "
        "to. There is no default: the only one that could be is public.",
        remedy="Give `private-index-url`, or define a private index in the policy and list it for the project.",
    ),
    Reason(
        code="E_PRIVATE_CLASSIFIER_NO_TARGET",
        status=ExitStatus.REFUSED,
        row="8",
        meaning="The repository is public, but the distributions declare themselves private, and this run knows no "
        "private index that the project may go to.",
        remedy="Give `private-index-url` or list a private index in the policy; or take the `Private ::` classifier "
        "or the local version out of the project, if it is public after all.",
    ),
    Reason(
        code="E_VISIBILITY_UNKNOWN",
        status=ExitStatus.REFUSED,
        row="8, 11, 13",
        meaning="No authoritative source vouches for the repository's visibility, or one gave an answer that is "
        "malformed or fails verification. Unknown is never read as public.",
        remedy="Give the job `permissions: id-token: write` and leave `github-token` at its default; outside GitHub "
        "Actions only a private index can be published to. If GitHub was out of reach, run the job again.",
    ),
    Reason(
        code="E_VISIBILITY_DISAGREE",
        status=ExitStatus.REFUSED,
        row="8, 11",
        meaning="The sources contradict each other: some say public, some private or internal. Mostly the visibility "
        "changed after the event, or an old run was started again.",
        remedy="Start a new run instead of repeating the old one; if it stays, see the repository's visibility in its "
        "settings.",
    ),
    Reason(
        code="E_TARGET_NOT_ALLOWED",
        status=ExitStatus.REFUSED,
        row="9",
        meaning="The policy on the default branch does not allow the project to go to this index: it lists others, "
        "an empty list, or refuses projects that it does not list.",
        remedy="Choose an index that the policy lists for the project, or change the policy by a reviewed commit.",
    ),
    Reason(
        code="E_ORGANISATION_AUDIENCE",
        status=ExitStatus.REFUSED,
        row="9a",
        meaning="The organisation's administrators set the custom property `publish_audience` of this repository, and "
        "GitHub signed it into the ID token: `private-only` closes every public index, `by-grant` opens one only by "
        "the policy's grant for the project, also from a public repository. A word that is none of `private-only`, "
        "`by-grant` and `public-ok` closes every index, as nobody knows what it asks for.",
        remedy="Choose a private index, have the policy grant the project, or ask an administrator of the organisation "
        "to set the property to the right word.",
    ),
    Reason(
        code="E_PRIVATE_CLASSIFIER",
        status=ExitStatus.REFUSED,
        row="10",
        meaning="A distribution carries a `Private ::` classifier, and the index is one that everybody can read. No "
        "input, policy or grant overrides this.",
        remedy="Choose a private index, or take the classifier out of the project and build again.",
    ),
    Reason(
        code="E_LOCAL_VERSION",
        status=ExitStatus.REFUSED,
        row="10",
        meaning="The version has a local segment (`1.0+acme1`). These mark a private edition, PyPI takes none "
        "(PEP 440), and the index is one that everybody can read.",
        remedy="Choose a private index, or build with a version without `+`. Versions made by git describe have one "
        "when the commit is not tagged.",
    ),
    Reason(
        code="E_NONPUBLIC_TO_PUBLIC",
        status=ExitStatus.REFUSED,
        row="12",
        meaning="The repository is private or internal, and the index is one that everybody can read. What was "
        "uploaded once cannot be taken back.",
        remedy="Choose a private index. If closed-source wheels are meant to be public, grant it in the policy: "
        "`allow-public-from-nonpublic = true` with an `environment`.",
    ),
    Reason(
        code="E_GRANT_ENVIRONMENT",
        status=ExitStatus.REFUSED,
        row="13",
        meaning="The policy grants the publication from one environment of GitHub, and no verified ID token says that "
        "this job runs in it. The environment is where people approve.",
        remedy="Give the job `environment: NAME` as the policy names it, and `permissions: id-token: write`.",
    ),
    Reason(
        code="E_GRANT_NO_SDIST",
        status=ExitStatus.REFUSED,
        row="13",
        meaning="The grant covers wheels, and there is an sdist among the distributions: the sources themselves.",
        remedy="Build wheels only (`python -m build --wheel`), or write `sdist = true` into the grant if the sources "
        "are meant to be public.",
    ),
    Reason(
        code="E_GRANT_EXPIRED",
        status=ExitStatus.REFUSED,
        row="13",
        meaning="The last day of the grant has passed.",
        remedy="Renew `expires` in the policy by a reviewed commit, if it still holds.",
    ),
    Reason(
        code="E_VISIBILITY_CHANGED",
        status=ExitStatus.REFUSED,
        row="",
        meaning="Right before the first byte the sources were asked again, and they no longer say what the decision "
        "rests on. An approval may have taken days in between.",
        remedy="Start a new run; it is decided anew by what holds now.",
    ),
    Reason(
        code="E_DIST_DUPLICATE",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="Two files have the same name or the same content, or there are two sdists of one release.",
        remedy="Empty the folder before the build, and name each folder once in `packages-dir`.",
    ),
    Reason(
        code="E_DIST_CHANGED",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A distribution's bytes are no longer those that were judged. Only judged bytes are sent.",
        remedy="Find what writes into the folder while this step runs, and run the job again.",
    ),
    Reason(
        code="E_METADATA",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="The metadata can be read and break a rule of the core metadata specification, so an index would "
        "refuse the file.",
        remedy="Correct the named field in pyproject.toml and build again.",
    ),
    Reason(
        code="E_SDIST_NAME",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="An sdist is not named `{name}-{version}.tar.gz` with the project's name in lower case and "
        "underscores (PEP 625). PyPI takes no other spelling, not even a dash for the underscore.",
        remedy="Build with a current build backend, and do not rename the file.",
    ),
    Reason(
        code="E_WHEEL_NAME",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A wheel's file name has the project's name in another spelling than the normalised one with "
        "underscores, or tags that are none. PyPI refuses the first, installers do not understand the second.",
        remedy="Build with a current build backend, and do not rename the file.",
    ),
    Reason(
        code="E_PLATFORM_TAG",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A wheel is for a platform that PyPI takes no wheels for, as its tag says: `linux_x86_64` promises "
        "nothing about the libraries that it needs, and macOS from 11 on is known by `_0` alone.",
        remedy="Build with cibuildwheel, or repair the tag with auditwheel (Linux) or MACOSX_DEPLOYMENT_TARGET "
        "(macOS). A private index takes the wheel as it is.",
    ),
    Reason(
        code="E_FILE_TOO_LARGE",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A file is larger than 1 GiB, which is more than PyPI allows any project.",
        remedy="Take data and debug symbols out of the build, or split the project.",
    ),
    Reason(
        code="W_FILE_SIZE",
        status=ExitStatus.DONE,
        row="13a",
        meaning="A file is larger than 100 MiB. PyPI refuses it unless it has raised the limit for this project, "
        "which only its owners can see.",
        remedy="Ask PyPI for a higher limit before the release "
        "(https://docs.pypi.org/project-management/storage-limits/).",
    ),
    Reason(
        code="E_WHEEL_LAYOUT",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A wheel lacks WHEEL or RECORD, says no version of the format that installers know, or has its "
        "folders under another name than the file's (binary distribution format).",
        remedy="Build the wheel with a build backend, and do not pack or rename it by hand.",
    ),
    Reason(
        code="W_WHEEL_LAYOUT",
        status=ExitStatus.DONE,
        row="13a",
        meaning="What WHEEL says of a wheel is not what its file name says: other tags, or a pure wheel with compiled "
        "modules. Installers take it, and may put it in the wrong place.",
        remedy="Change tags with `wheel tags`; tell the build backend of compiled modules.",
    ),
    Reason(
        code="E_WHEEL_RECORD",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A wheel's RECORD and its files do not agree: files are missing in the one or the other, or have "
        "another size or digest. Something changed the wheel after it was built. PyPI tells the owners; some "
        "installers refuse it.",
        remedy="Build again, and change wheels only with tools that write RECORD anew (`wheel`, auditwheel, delocate).",
    ),
    Reason(
        code="E_ENTRY_POINT",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="entry_points.txt of a wheel cannot be read, or has names or references that are none (entry points "
        "specification). Installers make files of the names: `../x` would be one outside.",
        remedy="Correct the scripts or entry points in pyproject.toml.",
    ),
    Reason(
        code="W_ENTRY_POINT",
        status=ExitStatus.DONE,
        row="13a",
        meaning="A group of entry points has a name outside the specification: other signs than letters, digits and "
        "underscores with dots between them. Most readers do not mind.",
        remedy="Rename the group, unless another project reads it under that name.",
    ),
    Reason(
        code="E_LICENSE_FILE",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="The metadata name licence files (License-File, PEP 639) that the distribution does not hold where it "
        "must: in `.dist-info/licenses` of a wheel, at the same path in an sdist. PyPI refuses it.",
        remedy="Correct `license-files` in pyproject.toml, or see that the files go into the build.",
    ),
    Reason(
        code="E_ARCHIVE_UNSAFE",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A member of an archive would leave the folder it is unpacked into, or is what installers do not "
        "make: a path with `..`, an absolute one, a link out of the archive or in a wheel, a device; or two files "
        "of a wheel's `.dist-info` folder become one where cases are not told apart. PyPI takes some of these, and "
        "they hurt whoever installs them.",
        remedy="Build again from a clean checkout with a build backend.",
    ),
    Reason(
        code="W_MEMBER_NAME",
        status=ExitStatus.DONE,
        row="13a",
        meaning="An archive has names that Windows cannot have, or names that differ in case alone: it cannot be "
        "unpacked everywhere. No index refuses that.",
        remedy="Rename the files, or leave them out of the build.",
    ),
    Reason(
        code="W_MEMBER_TWICE",
        status=ExitStatus.DONE,
        row="13a",
        meaning="A file stands in an sdist more than once under the same name. Unpacking keeps the last copy; all of "
        "them were read and scanned. No index refuses that.",
        remedy="Add the file to the sdist once: two rules of the build may include it.",
    ),
    Reason(
        code="W_MEMBER_LINK",
        status=ExitStatus.DONE,
        row="13a",
        meaning="An sdist has symbolic links that lead to nothing in it.",
        remedy="Add what they lead to, or leave them out.",
    ),
    Reason(
        code="E_METADATA_DIFFERS",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="The files of one release differ in Requires-Python. PyPI takes them, and serves the value of the "
        "first file for all of them, so that installers skip files that would do, or take some that do not. Mostly "
        "files of two builds lie together.",
        remedy="Build all files again from one commit, in an empty folder.",
    ),
    Reason(
        code="W_METADATA_DIFFERS",
        status=ExitStatus.DONE,
        row="13a",
        meaning="The files of one release differ in name or version spelling, summary, classifiers, licence, "
        "requirements or extras. No index refuses that, and it can be meant: wheels name the licences of the libraries "
        "that they bundle for their platform. Tools that lock dependencies look at one file for all.",
        remedy="Nothing, if it is meant. Requirements of one platform take a marker (PEP 508) in all files.",
    ),
    Reason(
        code="W_BUILD_NUMBERS",
        status=ExitStatus.DONE,
        row="13a",
        meaning="Two wheels differ in their build number alone. Installers take the higher one, and the other is "
        "never used.",
        remedy="Publish the last build alone.",
    ),
    Reason(
        code="E_ATTESTATION_STRAY",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="An attestation file (`FILE.*.attestation`) lies beside no distribution that it could belong to.",
        remedy="Take the file away, or put its distribution beside it.",
    ),
    Reason(
        code="E_ATTESTATION_MISMATCH",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="An attestation beside a distribution attests other bytes: its SHA-256 is not the distribution's. "
        "Mostly the distribution was built or repaired again afterwards.",
        remedy="Attest the distributions after the last build, and hand both to this job together.",
    ),
    Reason(
        code="E_ATTESTATION_UNREADABLE",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="An attestation beside a distribution is not in the form that PEP 740 defines: a JSON object with "
        "certificate, transparency log entries, signature and an in-toto statement about one file.",
        remedy="Attest the distribution again with a current tool, or remove the file.",
    ),
    Reason(
        code="E_ATTESTATION_VERSION",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="An attestation beside a distribution has another version than 1, the only one that PEP 740 defines.",
        remedy="Attest the distribution again with a tool that writes version 1, or remove the file.",
    ),
    Reason(
        code="E_ATTESTATION_LOG",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="An attestation beside a distribution holds no entry of a transparency log, so nobody can verify "
        "when it was made.",
        remedy="Attest the distribution again with the transparency log on, or remove the file.",
    ),
    Reason(
        code="E_ATTESTATION_NAME",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="An attestation beside a distribution names another file as its subject.",
        remedy="Attest the distribution under its final name, or put the attestation beside the file that it names.",
    ),
    Reason(
        code="E_ATTESTATION_PREDICATE",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="An attestation beside a distribution has a predicate type that PyPI does not accept.",
        remedy="Remove the file. PyPI accepts its own publish attestation and SLSA provenance v1.",
    ),
    Reason(
        code="E_ATTESTATION_TWICE",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="Two attestations beside one distribution have the same predicate type; PyPI accepts one of each.",
        remedy="Keep the attestation of the last build, and remove the other.",
    ),
    Reason(
        code="E_ATTESTATION_TOO_MANY",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="More than two attestations lie beside one distribution; PyPI accepts two.",
        remedy="Keep one publish attestation and one SLSA provenance attestation, and remove the others.",
    ),
    Reason(
        code="W_EXCLUSION_UNUSED",
        status=ExitStatus.DONE,
        row="",
        meaning="A line of `packages-dir` that begins with `!` takes nothing away. It takes away only what the lines "
        "above it gave.",
        remedy="Move the line below the lines that give the files, or correct or remove it.",
    ),
    Reason(
        code="E_ATTESTATION_FOREIGN",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="An attestation beside a distribution was signed by another repository or workflow than this run's. "
        "The index would refuse it, or show the wrong origin.",
        remedy="Take the attestation away, or publish from the workflow that made it; the message shows both.",
    ),
    Reason(
        code="E_ATTESTATION_UNVERIFIED",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="An attestation does not verify: its signature, its certificate or its entry in the transparency log "
        "is not what the Sigstore in use vouches for.",
        remedy="Attest the distribution again. An attestation by a private Sigstore needs `sigstore-trust-config`.",
    ),
    Reason(
        code="E_TAG_MISMATCH",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="The tag that the run is on and the version of the distributions are not equal (PEP 440), or "
        "`tag-check: true` found no tag with a version. Mostly the version was not raised before tagging.",
        remedy="Tag the commit whose version it is and build again. Where tags mean something else, set "
        "`tag-check: false`.",
    ),
    Reason(
        code="W_TAG_FOREIGN",
        status=ExitStatus.DONE,
        row="13a",
        meaning="The run is on a tag with another version than the distributions', behind a word that is not this "
        "project's: `other-1.2`. In a repository of several projects that is another project's tag, and may be meant.",
        remedy="Publish only the tagged project on its tag, or set `tag-check: true` to refuse such tags.",
    ),
    Reason(
        code="E_SENSITIVE_FILE",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A member of the archive is one that nobody means to publish: credentials (`.env`, `.pypirc`, private "
        "keys), a repository's history, an agent's private folder, a core dump. For a private index it is a warning.",
        remedy="Leave it out of the build; the message names the setting of the build backend. If an earlier release "
        "contained it, revoke the credentials in it first.",
    ),
    Reason(
        code="W_SENSITIVE_FILE",
        status=ExitStatus.DONE,
        row="13a",
        meaning="A member of the archive is right in some distributions and an oversight in most: a key or certificate "
        "store, a source map, compiled code, settings of a CI or an editor.",
        remedy="See whether it is meant to be published.",
    ),
    Reason(
        code="W_ALLOWANCE_UNUSED",
        status=ExitStatus.DONE,
        row="",
        meaning="An `[[allow]]` of the policy fits no finding of these distributions: its path or code is misspelt, or "
        "what it allowed is gone. An entry that stays could let out another file of that name one day.",
        remedy="Write the path as the finding's message shows it, with or without the sdist's folder at the top; or "
        "take the entry out. Where a policy serves several projects, give the entry its `project`.",
    ),
    Reason(
        code="E_SECRET",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A member of the archive holds what has the exact form of a secret: an upload token of PyPI, a "
        "token of a code host or a cloud, a private key. What it is and where it stands is told, never its value. "
        "For a private index it is a warning.",
        remedy="Revoke the secret first, then take it out of the file and build again.",
    ),
    Reason(
        code="W_SECRET",
        status=ExitStatus.DONE,
        row="13a",
        meaning="A member of the archive holds what has the form of a secret, and there is a doubt: it reads like a "
        "placeholder, stands among tests or documentation, or half of it is missing.",
        remedy="Look at the line. Revoke the secret if it was ever worth anything.",
    ),
    Reason(
        code="E_PYPI_OBFUSCATED",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="The code was made unreadable by PyArmor or SourceDefender. PyPI and TestPyPI refuse that; other "
        "indexes need not.",
        remedy="Publish the source or compiled extension modules, or publish to a private index.",
    ),
    Reason(
        code="E_METADATA_DIRECT_REFERENCE",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A dependency names a URL and not a version (`name @ https://…`, PEP 440). PyPI takes none of these: "
        "what they lead to can change or vanish. A private index may take them.",
        remedy="Name a released version of the dependency, and publish it where users can get it.",
    ),
    Reason(
        code="E_CLASSIFIER_UNKNOWN",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A classifier is not in the list that PyPI keeps, in this spelling; PyPI refuses the file for it. The "
        "message tells the date of the list that it was compared with, and the nearest classifier in it.",
        remedy="Write the classifier as the list has it. If PyPI has added it since, use a newer release of "
        "publish-action.",
    ),
    Reason(
        code="E_CLASSIFIER_DEPRECATED",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="A classifier was in PyPI's list and is not any more; PyPI refuses new files that have it.",
        remedy="Write the classifier that replaced it, which the message names, or take it out.",
    ),
    Reason(
        code="E_DESCRIPTION",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="The description does not render for its content type, or the content type is none that there is "
        "(`text/markdown`, `text/x-rst`, `text/plain`). PyPI renders it with the same program and refuses the file. "
        "Without a content type a description is reStructuredText, so that Markdown mostly fails.",
        remedy="Name the content type (a `readme` with the ending `.md` or `.rst` does), and repair the lines that "
        "the message tells.",
    ),
    Reason(
        code="E_METADATA_VERSION",
        status=ExitStatus.DISTRIBUTIONS,
        row="13a",
        meaning="The Metadata-Version is newer than the newest that PyPI took when this program was made, and PyPI "
        "refuses what it does not know. For a private index it is a warning: the index judges it.",
        remedy="Let the build backend write an older version; the message names the setting. If PyPI takes the newer "
        "one by now, use a newer release of publish-action, or `verify-metadata: false`.",
    ),
    Reason(
        code="W_NAME_STDLIB",
        status=ExitStatus.DONE,
        row="13a",
        meaning="The project is named as a module of Python's standard library. PyPI registers no new project of such "
        "a name; a project that is there already may go on.",
        remedy="Nothing, if the project is on PyPI. Otherwise choose another name.",
    ),
    Reason(
        code="W_METADATA_VERSION",
        status=ExitStatus.DONE,
        row="13a",
        meaning="A field of metadata in a version that this program does not know breaks the rules of the version "
        "before, which may have changed. The fields that are known are sent; the index judges them.",
        remedy="Nothing, if the index takes it. Otherwise let the build backend write an older version, or use a newer "
        "release of publish-action.",
    ),
    Reason(
        code="W_DESCRIPTION_NOT_RENDERED",
        status=ExitStatus.DONE,
        row="13a",
        meaning="A warning. The description was not rendered within the time and memory that there are for it, so "
        "whether PyPI takes it is not known.",
        remedy="Make the description shorter, above all long tables, lists and code blocks in reStructuredText.",
    ),
    Reason(
        code="E_NAME_TAKEN_PUBLIC",
        status=ExitStatus.REFUSED,
        row="",
        meaning="A project of the same name is on the public index (input `name-check`). An installer that reads both "
        "indexes takes the higher version, whoever made it. It is a warning, unless the policy's entry for the project "
        'says `public-name = "refuse"`; then nothing is sent.',
        remedy='Rename the private project, or write `public-name = "ours"` into its entry of the policy if that '
        "project is yours.",
    ),
    Reason(
        code="W_NAME_CLAIMABLE",
        status=ExitStatus.DONE,
        row="",
        meaning="Nobody has the private project's name on the public index (input `name-check`), so anybody can "
        "register it, and an installer that reads both indexes would take theirs.",
        remedy="Install from the private index alone, as docs/safe-installs.md shows, or own the name on the public "
        "index.",
    ),
    Reason(
        code="W_NAME_BLOCKED",
        status=ExitStatus.DONE,
        row="",
        meaning="Nobody can register the private project's name on the public index (input `name-check`): another name "
        "looks too much like it, or Python's own library has a module of that name.",
        remedy="Nothing.",
    ),
    Reason(
        code="W_NAME_UNCHECKED",
        status=ExitStatus.DONE,
        row="",
        meaning="The public index's list of names could not be had or read, so `name-check` compared nothing. The "
        "index is never asked for one name instead: the question would tell it.",
        remedy="Nothing; the next run tries again.",
    ),
    Reason(
        code="E_INPUT",
        status=ExitStatus.INPUTS,
        row="",
        meaning="An input is unknown or cannot be understood. All problems of all inputs are listed together.",
        remedy="Correct the named inputs; the README has the table of all of them.",
    ),
    Reason(
        code="E_ATTESTATIONS_IMPOSSIBLE",
        status=ExitStatus.INPUTS,
        row="",
        meaning="`attestations: true` was asked for, and this run cannot make attestations that the index takes. The "
        "message says why. Nothing was sent.",
        remedy="Remove what is in the way, or use `attestations: auto`, which publishes without them and says so.",
    ),
    Reason(
        code="E_TRUST_CONFIG",
        status=ExitStatus.INPUTS,
        row="",
        meaning="The file that `sigstore-trust-config` names is not a client trust configuration that can be used: a "
        "JSON object with a trusted root and a signing config, with a certificate authority and a Rekor v1 log.",
        remedy="Fetch the file again from whoever runs that Sigstore. For the public Sigstore, leave the input out.",
    ),
    Reason(
        code="E_CREDENTIAL_MISSING",
        status=ExitStatus.CREDENTIALS,
        row="",
        meaning="There is nothing to log in with: the job may not have ID tokens, the secret is empty, or the index "
        "offers no Trusted Publishing.",
        remedy="Give the job `permissions: id-token: write`, or see that the named secret exists and that this job "
        "may read it; a misspelt secret arrives empty.",
    ),
    Reason(
        code="E_CREDENTIAL_INVALID",
        status=ExitStatus.CREDENTIALS,
        row="",
        meaning="The token or user name that was given cannot belong to this index, so it was not sent there. API "
        "tokens of PyPI and TestPyPI start with `pypi-`, and their user name is `__token__`. What starts otherwise is "
        "the token of another service or an account's password, which PyPI must not see.",
        remedy="Create an API token on the index, store it as the secret that `public-index-token` is set from, or "
        "drop the input and register a trusted publisher.",
    ),
    Reason(
        code="E_TOKEN_EXCHANGE",
        status=ExitStatus.CREDENTIALS,
        row="",
        meaning="The index, or the service that issues logins for it, did not exchange the ID token for an upload "
        "token. Mostly the trusted publisher or trust policy that it has on record differs from this run; it may also "
        "refuse the name of a new project.",
        remedy="Do what the message says. Where it shows the fields of a trusted publisher or trust policy, compare "
        "them with what is on record, letter by letter.",
    ),
    Reason(
        code="E_CREDENTIAL_REJECTED",
        status=ExitStatus.CREDENTIALS,
        row="",
        meaning="The index refused the login, also after a fresh token where tokens are minted.",
        remedy="Check that the login belongs to this index and may upload this project. PyPI and TestPyPI accept "
        "API tokens only (`public-index-token`), each its own.",
    ),
    Reason(
        code="E_SIGSTORE_REFUSED",
        status=ExitStatus.CREDENTIALS,
        row="",
        meaning="Sigstore's certificate authority did not take this job's ID token, so nothing could be signed. "
        "Nothing was sent.",
        remedy="Run the job again. A private Sigstore must accept GitHub's issuer and the audience `sigstore`. With "
        "`attestations: false` the release is published without attestations.",
    ),
    Reason(
        code="E_ATTESTATION_REJECTED",
        status=ExitStatus.INDEX_REFUSED,
        row="",
        meaning="The index refused a distribution for its attestations. Its own words are in the message.",
        remedy="Compare the publisher that the index has on record with the workflow that signed; the message shows "
        "both.",
    ),
    Reason(
        code="E_INDEX_REFUSED",
        status=ExitStatus.INDEX_REFUSED,
        row="",
        meaning="The index refused an upload. Its own words are in the message.",
        remedy="Do what the message says. Files that were uploaded already are skipped when the job runs again.",
    ),
    Reason(
        code="E_FILE_EXISTS",
        status=ExitStatus.INDEX_REFUSED,
        row="",
        meaning="The index has a file of this name already: with other bytes, or `skip-existing: false` forbids any. "
        "A file of a release is never replaced.",
        remedy="For other bytes, raise the version and build again; builds that are not reproducible give other bytes "
        "each time. For the same bytes, set `skip-existing: true`, the default.",
    ),
    Reason(
        code="E_RELEASE_CLOSED",
        status=ExitStatus.INDEX_REFUSED,
        row="",
        meaning="The release is on PyPI for more than 14 days, and since July 2026 PyPI takes new files of a release "
        "for 14 days alone. Its page says when the first file came. Files that are there need not be sent again.",
        remedy="Publish a new version with all files.",
    ),
    Reason(
        code="E_PROJECT_STATUS",
        status=ExitStatus.INDEX_REFUSED,
        row="",
        meaning="The index says that the project is archived or quarantined (PEP 792). It takes no new files of it, or "
        "takes them and serves them to nobody. This was read from the project's simple page, before anything was sent.",
        remedy="Archived: unarchive the project in its settings. Quarantined: write to the index's administrators.",
    ),
    Reason(
        code="W_PROJECT_DEPRECATED",
        status=ExitStatus.DONE,
        row="",
        meaning="The index says that the project is deprecated (PEP 792). It takes new files, and installers may warn "
        "of the project.",
        remedy="Remove the mark in the project's settings if the project is maintained again.",
    ),
    Reason(
        code="E_REDIRECT",
        status=ExitStatus.INDEX_REFUSED,
        row="",
        meaning="The index answered an upload with a redirect. It is not followed: the bytes and the credential are "
        "for the judged host only.",
        remedy="Write the final upload URL, often the same with a slash at the end; check that it is the upload URL "
        "and not the one that installers read.",
    ),
    Reason(
        code="E_INDEX_UNREACHABLE",
        status=ExitStatus.UNREACHABLE,
        row="",
        meaning="No usable answer came from the index, in all tries. The message names its host.",
        remedy="Run the job again; files that were uploaded already are skipped. If it fails again, check the host "
        "name, the index's status page, and whether the runner can reach it.",
    ),
    Reason(
        code="E_TLS",
        status=ExitStatus.UNREACHABLE,
        row="",
        meaning="The certificate of the server could not be verified for its name. Nothing was sent.",
        remedy="For an index with a certificate authority of your own, give `ca-bundle`. Otherwise the name may lead "
        "to another server than you think.",
    ),
    Reason(
        code="E_SIGSTORE_UNREACHABLE",
        status=ExitStatus.UNREACHABLE,
        row="",
        meaning="No usable answer came from Sigstore, in all tries. Attestations cannot be added to a file that is "
        "up, so nothing was sent.",
        remedy="Run the job again when https://status.sigstore.dev is green, or publish without attestations now: "
        "`attestations: false`.",
    ),
    Reason(
        code="E_SIGSTORE_UNTRUSTED",
        status=ExitStatus.UNREACHABLE,
        row="",
        meaning="What Sigstore answered does not verify with the trust root in use. Either the answer is not "
        "Sigstore's, or its keys are newer than the trust root. Nothing was sent.",
        remedy="Use the newest release of publish-action, which has the newest trust root; with "
        "`sigstore-trust-config`, fetch that file again.",
    ),
    Reason(
        code="E_GITHUB_UNREACHABLE",
        status=ExitStatus.UNREACHABLE,
        row="",
        meaning="No usable answer came from GitHub, in all tries.",
        remedy="Run the job again; if it stays, see GitHub's status page.",
    ),
    Reason(
        code="E_STOPPED",
        status=ExitStatus.STOPPED,
        row="",
        meaning="The job was cancelled. The report says which files are up and which are not.",
        remedy="Run the job again; files that are up already are skipped.",
    ),
    Reason(
        code="E_BUG",
        status=ExitStatus.BUG,
        row="",
        meaning="Something happened that publish-action has no words for. Nothing is published in doubt.",
        remedy="Please report it with the log, after a look at what it shows of your project.",
    ),
)

REASONS: Mapping[str, Reason] = MappingProxyType({reason.code: reason for reason in _REASONS})
"""By code, in the order of the decision table, then of a run."""


def explain(code: str) -> str | None:
    """Give the page of a reason code as plain text, in any letter case; None = there is no such code."""
    reason = REASONS.get(code.strip().upper())
    if reason is None:
        return None
    return f"{reason.code} ({_place(reason)})\n\n{reason.meaning}\n\nWhat to do: {reason.remedy}\n"


def find_nearest_code(code: str) -> str:
    """Return the reason code that is spelled most like this one, or the empty text where none is near."""
    near = difflib.get_close_matches(code.strip().upper()[:_LONGEST_COMPARED], REASONS, n=1, cutoff=0.6)
    return near[0] if near else ""


def render_reasons() -> str:
    """Give docs/reasons.md: every code with its page."""
    pages = (
        f"## {reason.code}\n\n*{_place(reason)}*\n\n{reason.meaning}\n\n**What to do:** {reason.remedy}\n"
        for reason in _REASONS
    )
    return "\n".join((_HEAD, *pages))


_HEAD = """\
# Reason codes

Made from `src/publish_action/reasons.py` by `make docs`; a test compares them.
`publish-action explain CODE` shows the same pages. The rows are those of the decision table in the README.
"""


def _place(reason: Reason) -> str:
    if reason.code[0] == "W":
        return "a warning"
    row = f"row {reason.row}, " if reason.row else ""
    return f"{row}exit status {reason.status.value}"
