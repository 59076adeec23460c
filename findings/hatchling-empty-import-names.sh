#!/usr/bin/env bash
# hatchling 1.33.0: `import-names = []`, which PEP 794 defines, writes a line `Import-Name` without a colon into the
# core metadata. Every reader of e-mail headers stops there: the fields below it, dependencies among them, are lost.
#
# usage: findings/hatchling-empty-import-names.sh      exits 1 where hatchling behaves otherwise
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check hatchling==1.33.0 packaging==26.2

mkdir acme
touch acme/__init__.py
cat >pyproject.toml <<'TOML'
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme"
version = "1.0"
import-names = []
dependencies = ["tomli"]
requires-python = ">=3.9"
TOML
venv/bin/hatchling build --target wheel --directory out >/dev/null 2>&1
venv/bin/python - <<'PYTHON'
import zipfile
from importlib.metadata import version
from pathlib import Path

from packaging.metadata import parse_email

(wheel,) = Path("out").glob("*.whl")
data = zipfile.ZipFile(wheel).read("acme-1.0.dist-info/METADATA")
fields, left_over = parse_email(data)
print(f"hatchling {version('hatchling')}, packaging {version('packaging')}")
print("METADATA as it was written:")
print(data.decode())
print("dependencies that a reader finds:", fields.get("requires_dist"))
print("Requires-Python that a reader finds:", fields.get("requires_python"))
has_bare_line = b"\nImport-Name\n" in data
is_lost = "requires_dist" not in fields and "requires_python" not in fields
print("a line without a colon, and all fields below it are lost:", has_bare_line and is_lost)
raise SystemExit(0 if has_bare_line and is_lost else 1)
PYTHON
