"""The rules of the house as functions over source text, so that planted faults can be shown to break them."""

import ast
from collections.abc import Iterator, Mapping

# From the ground up; docs/architecture.md shows the same, and a test compares the two. A floor with stairs in it has
# several landings; no room imports from its own landing.
FLOORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("0 words", ("errors", "model", "secret")),
    ("0 words: ports", ("attestations.attestation", "ports")),
    (
        "1 core: tables and texts",
        (
            "findings", "id_token_audience", "index_url", "input_table", "json_object", "member_paths", "platform_tags",
            "project_patterns", "record_file", "safe_text", "secret_patterns", "server_kind", "toml_text",
            "wheel_file",
            "host_names", "id_token_audience", "index_url", "input_table", "json_object", "member_paths",
            "platform_tags", "project_patterns", "record_file", "safe_text", "secret_patterns", "server_kind",
            "id_token_audience", "index_url", "input_table", "json_object", "member_paths", "platform_tags",
            "project_patterns", "project_status", "record_file", "safe_text", "secret_patterns", "server_kind",
            "project_patterns", "record_file", "safe_text", "secret_patterns", "server_kind", "standard_library",
            "toml_text", "upload_advice", "wheel_file",
        ),
    ),
    (
        "1 core: tables and texts",
        (
            "answer_text", "auth_options", "bug", "content_scan", "findings", "findings_text", "first_few", "metadata",
            "policy_layers", "policy_table", "reasons", "server_kinds", "trust_advice", "upload_advice",
            "userinfo",
            "policy_layers", "policy_table", "reasons", "redaction", "server_kinds", "trust_advice", "userinfo",
            "answer_text", "auth_options", "bug", "findings_text", "first_few", "fixture_places", "metadata",
            "answer_text", "attestations.choice", "attestations.provenance", "auth_options", "bug", "content_scan",
            "findings", "findings_text", "first_few", "metadata",
            "policy_layers", "policy_table", "reasons", "server_kinds", "trust_advice", "userinfo",
            "answer_text", "auth_options", "bug", "content_scan", "file_names", "findings", "findings_text",
            "first_few", "metadata", "policy_layers", "policy_table", "reasons", "server_kinds",
            "trust_advice", "userinfo",
        ),
    ),
    ("1 core: tables and texts", ("content_scan", "policy_reader", "server_rules")),
    (
        "1 core: parsers and rules",
        (
            "catalogue", "context", "inputs", "install_lines", "policy", "policy_reference",
            "policy_schema", "pyproject", "record", "repository_object", "responses", "simple_page", "tag",
            "token_answers", "visibility", "weighing",
        ),
    ),
    (
        "1 core: parsers and rules",
        (
            "case", "claims", "contents", "declarations", "event", "exchanges.answers", "exchanges.plain_xml",
            "exchanges.signature", "name_list", "plan_document", "publisher_advice",
            "attestation_form", "case", "claims", "contents", "event", "exchanges.answers",
            "exchanges.plain_xml", "exchanges.signature", "name_list", "plan_document", "publisher_advice",
        ),
    ),
    ("1 core: rules over distributions", ("build_backends",)),
    (
        "1 core: rules over distributions",
        (
            "classifier_rules", "entry_point_rules", "file_name_rules", "leaving_out", "license_rules", "link_rules",
            "member_rules", "metadata_rules", "record_rules", "release_rules", "sdist_rules", "url_rules",
            "wheel_rules",
        ),
    ),
    ("1 core: rules over distributions", ("found_contents", "sensitive_members")),
    ("1 core: decision and report", ("because", "confirmation", "outputs", "rows", "rules")),
    ("1 core: decision and report", ("decision", "summary")),
    ("1 core: decision and report", ("policy_trial",)),
    ("2 shells", ("deadlines",)),
    ("2 shells", ("connections",)),
    (
        "2 shells",
        (
            "bars", "descriptions", "descriptors", "environment", "exclusions", "front", "gunzip", "http",
            "local_files", "name_cache", "nested_distributions", "process_start", "rst_rendering", "runner",
            "twine_reader", "zip_layout",
        ),
    ),
    (
        "2 shells",
        (
            "companions", "credential", "github", "http_log", "means", "progress", "retries", "sdists", "selection",
            "unpacking", "upload_url_check",
            "companions", "credential", "dist_folder", "github", "http_log", "means", "progress", "retries", "sdists",
            "selection", "unpacking",
            "attestations.background", "attestations.transport", "attestations.trust", "companions", "credential",
            "github", "http_log", "means",
            "progress", "retries", "sdists", "selection",
            "unpacking",
        ),
    ),
    ("2 shells on shells", ("attestations.verify", "wheels")),
    (
        "2 shells on shells",
        (
            "archives", "attestations.attempts", "attestations.rejection", "exchanges.service", "id_tokens",
            "keyring_login", "name_check", "simple_api",
            "token_verification", "trusted_publishing",
        ),
    ),
    (
        "2 shells on shells",
        (
            "attestations.certificates", "exchanges.aws_codeartifact", "exchanges.azure_artifacts",
            "exchanges.cloudsmith",
            "exchanges.google_artifact_registry", "exchanges.jfrog", "likeness", "upload_body",
        ),
    ),
    ("2 shells on shells", ("attestations.sign", "read_side", "uploader")),
    ("3 steps", ("credentials", "evidence", "identification", "preflight", "upload_plan")),
    ("3 steps", ("sending", "serving", "visibility_recheck")),
    ("3 steps", ("companion_notes", "delivery", "telling", "telling_distributions")),
    ("4 story", ("install_door", "policy_door", "story", "wishes")),
    ("4 story", ("conductor", "run", "surroundings")),
    ("4 story", ("judging", "wiring")),
    ("4 story", ("cli",)),
    ("4 story", ("__main__",)),
)  # fmt: skip

# What would reach outside: the two lowest floors import none of these.
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
    """Give every module that is imported, wherever it stands, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), node.lineno


def wrong_imports(name: str, source: str, floors: tuple[tuple[str, tuple[str, ...]], ...]) -> list[str]:
    """Give each import of a room that does not go down."""
    height = {room: level for level, (_, rooms) in enumerate(floors) for room in rooms}
    faults = [] if name in height else [f"{name} stands on no floor"]
    for module, line in imports_of(ast.parse(source)):
        if module.startswith("."):
            faults.append(f"{name}:{line} imports relatively")
        if not module.startswith("publish_action."):
            continue
        # A room in a wing is imported by its full name, `publish_action.wing.room`.
        room = module.removeprefix("publish_action.")
        if height.get(room, len(floors)) >= height.get(name, -1):
            faults.append(f"{name}:{line} imports {room}, which is not below it")
    return faults


def hidden_imports(name: str, source: str) -> list[str]:
    """Give each import that stands inside a function."""
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
    """Give each place where a pure room touches the outside."""
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
    """Give the fault of a file whose first line is not one sentence."""
    line = (ast.get_docstring(ast.parse(source)) or "").split("\n")[0]
    return [] if line.endswith(".") and line[:1].isupper() else [f"{name}: its first line is not a sentence"]


def long_functions(name: str, source: str, limit: int = 40) -> list[str]:
    """Give each function that is longer than `limit` lines without its docstring."""
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
    """Give each `assert`: `python -O` removes it, so no rule may rest on one."""
    return [f"{name}:{node.lineno} asserts" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]


def importers(sources: Mapping[str, str], library: str) -> set[str]:
    """Give the rooms that import a library."""
    return {
        name
        for name, source in sources.items()
        if any(module.split(".")[0] == library for module, _ in imports_of(ast.parse(source)))
    }


def codes_in(source: str) -> set[str]:
    """Give every reason code that a room writes."""
    constants = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {
        value
        for value in constants
        if isinstance(value, str) and value[:2] in {"E_", "W_"} and value.isupper() and " " not in value
    }
