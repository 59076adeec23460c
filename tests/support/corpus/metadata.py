"""Rows of the corpus on the core metadata: fields, classifiers, URLs, the description."""

from publish_sandbox.distributions.builder import metadata
from support.corpus.row import (
    GOOD_RELEASE,
    GOOD_SDIST,
    GOOD_WHEEL,
    Row,
    bad,
    core,
    good,
    one_of_three,
    sdist,
    together,
    wheel,
)

_FIELDS = "metadata with every common field"
_MARKDOWN = "description in Markdown of a variant"
_NO_RST = "Heading\n===\n\n.. nosuchdirective::\n\n*open"

FIELDS: dict[str, Row] = {
    "F12 License beside License-Expression": bad(
        one_of_three(wheel("License: MIT\nLicense-Expression: MIT")),
        public="E_METADATA",
        warns="W_METADATA_DIFFERS",
        twin="backend hatchling",
    ),
    "License-Expression that is none": bad(
        wheel("License-Expression: My Own"), always="E_METADATA", twin="backend hatchling"
    ),
    "License-Expression under Metadata 2.3": bad(
        wheel(metadata_text=core("License-Expression: MIT", metadata_version="2.3")),
        always="E_METADATA",
        twin="backend hatchling",
    ),
    "License-File that leads out": bad(
        wheel("License-File: ../LICENSE"), always="E_METADATA E_LICENSE_FILE", twin="backend hatchling"
    ),
    "Requires-Python that is none": bad(wheel("Requires-Python: 3.9"), always="E_METADATA", twin=_FIELDS),
    "Requires-Dist that is none": bad(wheel("Requires-Dist: tomli >"), always="E_METADATA", twin=_FIELDS),
    "Provides-Extra that is none": bad(wheel("Provides-Extra: -cli-"), always="E_METADATA", twin=_FIELDS),
    "Dynamic that names no field": bad(
        sdist("Dynamic: colour"), always="E_METADATA", twin="Dynamic lets an sdist require less"
    ),
    "Dynamic that names itself": bad(
        sdist("Dynamic: Dynamic"), public="E_METADATA", twin="Dynamic lets an sdist require less"
    ),
    "Summary of 513 characters": bad(
        wheel(metadata_text=core("Summary: " + "x" * 513)), public="E_METADATA", twin=GOOD_WHEEL
    ),
    "Summary of two lines": bad(wheel(metadata_text=core("Summary: one\n  two")), always="E_METADATA", twin=GOOD_WHEEL),
    "Author-email without a domain": bad(wheel("Author-email: ann@acme"), public="E_METADATA", twin=_FIELDS),
    "Maintainer-email without an at sign": bad(wheel("Maintainer-email: ann"), public="E_METADATA", twin=_FIELDS),
    "Provides-Dist with a URL": bad(
        wheel("Provides-Dist: x @ https://acme-utils.com/x.zip"), public="E_METADATA", twin=_FIELDS
    ),
    "Obsoletes-Dist that is none": bad(wheel("Obsoletes-Dist: two words"), public="E_METADATA", twin=_FIELDS),
    "Metadata-Version 2.9": bad(
        wheel(metadata_text=core(metadata_version="2.9")), public="E_METADATA_VERSION", twin=GOOD_WHEEL
    ),
    "Metadata-Version 2.9 with a new field": bad(
        wheel(metadata_text=core("Mood: good", metadata_version="2.9")), public="E_METADATA_VERSION", twin=GOOD_WHEEL
    ),
    "Metadata-Version 2.9 with a field that breaks 2.5": bad(
        wheel(metadata_text=core("Requires-Dist: a b", metadata_version="2.9")),
        public="E_METADATA_VERSION",
        warns="W_METADATA_VERSION",
        twin=GOOD_WHEEL,
    ),
    "name of a standard module": good(sdist(name="asyncio"), warns="W_NAME_STDLIB"),
    "charset in small letters": bad(
        wheel(metadata_text=core("Description-Content-Type: text/markdown; charset=utf-8", body="x")),
        public="E_DESCRIPTION",
        twin="description in Markdown of a variant",
    ),
    "classifier of distutils' word for nothing": good(wheel(classifiers=("UNKNOWN",))),
}

CLASSIFIERS: dict[str, Row] = {
    "F05 unknown classifier": bad(
        one_of_three(wheel(classifiers=("Programming Language :: Pythn",))),
        public="E_CLASSIFIER_UNKNOWN",
        warns="W_METADATA_DIFFERS",
        twin=GOOD_RELEASE,
    ),
    "F05 deprecated classifier": bad(
        sdist(classifiers=("Natural Language :: Ukranian",)), public="E_CLASSIFIER_DEPRECATED", twin=_FIELDS
    ),
    "classifier in lower case": bad(
        wheel(classifiers=("programming language :: python",)), public="E_CLASSIFIER_UNKNOWN", twin=_FIELDS
    ),
    "classifier in Cyrillic that looks private": bad(
        wheel(classifiers=("Рrivate :: Do Not Upload",)), public="E_CLASSIFIER_UNKNOWN", twin=_FIELDS
    ),
}

URLS: dict[str, Row] = {
    "direct reference": bad(
        wheel("Requires-Dist: x @ https://acme-utils.com/x-1.0-py3-none-any.whl"),
        public="E_METADATA_DIRECT_REFERENCE",
        twin=_FIELDS,
    ),
    "B35 direct reference that logs in": bad(
        wheel("Requires-Dist: x @ git+https://ann:8Hq2vR7mZk@git.acme-utils.com/x"),
        always="E_SECRET",
        public="E_METADATA_DIRECT_REFERENCE",
        twin=_FIELDS,
    ),
    "Project-URL that logs in": bad(
        wheel("Project-URL: Source, https://ann:8Hq2vR7mZk@git.acme-utils.com/x"), always="E_SECRET", twin=_FIELDS
    ),
    "Project-URL without a scheme": bad(
        wheel("Project-URL: Source, git.acme-utils.com"), public="E_METADATA", twin=_FIELDS
    ),
    "Project-URL with a long label": bad(
        wheel(f"Project-URL: {'x' * 33}, https://acme-utils.com"), public="E_METADATA", twin=_FIELDS
    ),
    "Home-page of another scheme": bad(wheel("Home-page: ftp://acme-utils.com"), public="E_METADATA", twin=_FIELDS),
}

DESCRIPTIONS: dict[str, Row] = {
    "F04 reStructuredText that does not render": bad(
        one_of_three(wheel(metadata_text=core("Description-Content-Type: text/x-rst", body=_NO_RST))),
        public="E_DESCRIPTION",
        warns="W_METADATA_DIFFERS",
        twin="description in reStructuredText",
    ),
    "F04 unknown content type": bad(
        wheel(metadata_text=core("Description-Content-Type: text/html", body="<p>x</p>")),
        always="E_DESCRIPTION",
        twin=_MARKDOWN,
    ),
    "Markdown without a content type": bad(
        sdist(metadata_text=core(body="# x\n\n```\n* `a\n```\n\nText `x <y`_ |z|\n")),
        public="E_DESCRIPTION",
        twin=_MARKDOWN,
    ),
    "Markdown of spaces alone": bad(
        wheel(metadata_text=metadata("acme-utils", "1.0", description="   \n")), public="E_DESCRIPTION", twin=_MARKDOWN
    ),
    "charset that is none of PyPI's": bad(
        wheel(metadata_text=core("Description-Content-Type: text/markdown; charset=latin-1", body="x")),
        always="E_DESCRIPTION",
        twin=_MARKDOWN,
    ),
}

RELEASES: dict[str, Row] = {
    "F11 Requires-Python differs": bad(
        together(wheel("Requires-Python: >=3.9"), sdist("Requires-Python: >=3.8")),
        public="E_METADATA_DIFFERS",
        twin=GOOD_RELEASE,
    ),
    "classifiers differ": good(
        together(wheel(classifiers=("Programming Language :: Python :: 3",)), sdist()), warns="W_METADATA_DIFFERS"
    ),
    "licences differ, which a repair step added": good(
        together(wheel("License-Expression: MIT AND Zlib"), sdist("License-Expression: MIT")),
        warns="W_METADATA_DIFFERS",
    ),
    "requirements differ": good(together(wheel("Requires-Dist: tomli"), sdist()), warns="W_METADATA_DIFFERS"),
    "two sdists of one version": bad(
        together(sdist(version="1.0"), sdist(version="1.0.0", members={"x": ""})),
        always="E_DIST_DUPLICATE",
        warns="W_METADATA_DIFFERS",
        twin=GOOD_SDIST,
    ),
    "one file under two names": bad(
        together(wheel(), wheel(file_name="acme_utils-1.0-py3-none-win32.whl")),
        always="E_DIST_DUPLICATE",
        warns="W_WHEEL_LAYOUT",
        twin=GOOD_RELEASE,
    ),
    "two builds of one wheel": good(
        together(wheel(), wheel(file_name="acme_utils-1.0-1-py3-none-any.whl", members={"acme_utils/x.py": ""})),
        warns="W_BUILD_NUMBERS",
    ),
}
