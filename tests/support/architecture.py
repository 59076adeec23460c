"""The rules of the code's layout as functions, so that planted faults can be shown to break them."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parents[2]

# Whole packages and single modules that touch nothing outside: no environment, clock, disk, network or randomness.
# A package's exceptions are the modules that wrap one outside thing.
PURE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "models": frozenset(),
        "untrusted": frozenset(),
        "config": frozenset(),
        "decision": frozenset(),
        "policy": frozenset({"policy.loader"}),
        "checks": frozenset({"checks.description", "checks.preflight", "checks.rst_renderer"}),
        "report": frozenset({"report.log"}),
    }
)
PURE_MODULES = frozenset(
    {
        "errors", "reasons", "secret", "protocols", "network.messages",
        "attestations.attestation", "attestations.choice", "attestations.provenance", "console.host_names",
        "index.project_status", "index.pypi", "index.server_kind", "index.server_kinds", "index.detect_server",
        "index.catalogue",
        "index.simple_page", "index.token_audience", "index.name_list",
        "github.context", "github.event", "github.repository", "github.claims",
        "distributions.filename", "distributions.contents", "distributions.metadata", "distributions.wheel_metadata",
        "distributions.record", "distributions.pyproject", "distributions.archive.paths",
        "distributions.declarations", "distributions.scanning.fixture_places",
        "distributions.scanning.scanner", "distributions.scanning.patterns",
        "credentials.upload_token", "credentials.mint_protocol", "credentials.publisher_help",
        "credentials.exchanges.answers", "credentials.exchanges.aws_signature", "credentials.exchanges.trust_help",
        "upload.answers", "upload.advice", "app.options",
    }
)  # fmt: skip

# What would reach outside: pure modules import none of these.
OUTSIDE_MODULES = frozenset(
    {
        "asyncio", "ctypes", "fcntl", "ftplib", "getpass", "glob", "http", "importlib", "io", "locale", "logging",
        "mmap", "multiprocessing", "os", "pathlib", "pkgutil", "platform", "pwd", "random", "requests", "resource",
        "secrets", "select", "shutil", "signal", "smtplib", "socket", "ssl", "subprocess", "sys", "tempfile",
        "threading", "time", "twine", "github", "github_action_utils", "id", "urllib3", "uuid", "zipfile", "tarfile",
    }
)  # fmt: skip
OUTSIDE_NAMES = frozenset({"open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint"})
CLOCK_METHODS = frozenset({"now", "today", "utcnow", "fromtimestamp"})


def imports_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Return every module that is imported, wherever it stands, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), node.lineno


def is_pure(name: str) -> bool:
    """Return whether a module is held to touch nothing outside."""
    package = name.partition(".")[0]
    return name in PURE_MODULES or (package in PURE and name != package and name not in PURE[package])


def plant(package: Path, target: Path, module: str, line: str) -> Path:
    """Copy a package's source into `target`, append one line to one of its modules, and return the copy's parent."""
    shutil.copytree(package, target / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    path = target / package.name / f"{module.replace('.', '/')}.py"
    path.write_text(path.read_text() + line + "\n")
    return target


def broken_contracts(source: Path) -> list[str]:
    """Run import-linter with the contracts of pyproject.toml over the package in `source`; return those that break."""
    program = Path(sys.executable).with_name("lint-imports")
    environment = {"PYTHONPATH": str(source), "PATH": ""}
    command = [str(program), "--no-cache", "--no-logo", str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        command, cwd=source, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return [line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if line.endswith(" BROKEN")]


def hidden_imports(name: str, source: str) -> list[str]:
    """Return each import that stands inside a function."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [
        f"{name}:{node.lineno} imports inside a function"
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def outside_touches(name: str, source: str) -> list[str]:
    """Return each place where a pure module touches the outside."""
    tree = ast.parse(source)
    faults = [
        f"{name}:{line} imports {module}"
        for module, line in imports_of(tree)
        if module.split(".")[0] in OUTSIDE_MODULES
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in OUTSIDE_NAMES:
            faults.append(f"{name}:{node.lineno} uses {node.id}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_METHODS:
            faults.append(f"{name}:{node.lineno} reads the clock")
    return faults


def first_line_faults(name: str, source: str) -> list[str]:
    """Return the fault of a file whose first line is not one sentence."""
    line = (ast.get_docstring(ast.parse(source)) or "").split("\n")[0]
    return [] if line.endswith(".") and line[:1].isupper() else [f"{name}: its first line is not a sentence"]


def long_functions(name: str, source: str, limit: int = 40) -> list[str]:
    """Return each function that is longer than `limit` lines without its docstring."""
    faults = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            docstring = node.body[0] if isinstance(node.body[0], ast.Expr) else None
            body = (node.end_lineno or 0) - node.lineno + 1
            if docstring is not None and isinstance(docstring.value, ast.Constant):
                body -= (docstring.end_lineno or 0) - docstring.lineno + 1
            if body > limit:
                faults.append(f"{name}:{node.lineno} {node.name} has {body} lines")
    return faults


def asserts(name: str, source: str) -> list[str]:
    """Return each `assert`: `python -O` removes it, so no rule may rest on one."""
    return [f"{name}:{node.lineno} asserts" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]


def importers(sources: Mapping[str, str], library: str) -> set[str]:
    """Return the modules that import a library."""
    return {
        name
        for name, source in sources.items()
        if any(module.split(".")[0] == library for module, _ in imports_of(ast.parse(source)))
    }


def codes_in(source: str) -> set[str]:
    """Return every reason code that a module writes."""
    constants = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {
        value
        for value in constants
        if isinstance(value, str) and value[:2] in {"E_", "W_"} and value.isupper() and " " not in value
    }
