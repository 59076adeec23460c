"""The command line: which command the arguments name, and its options."""

import argparse
import gc
import importlib.metadata
import os
import sys
from collections.abc import Mapping
from pkgutil import resolve_name

from publish_action import __version__
from publish_action.app.environment import Sealed, seal
from publish_action.config.input_table import INPUTS, InputKind, InputSpec
from publish_action.errors import ExitStatus
from publish_action.reasons import explain, find_nearest_code

# Loaded when run: `explain` and `--version` need neither twine nor requests.
_COMMANDS = {
    "action": "publish_action.cli.publish:run_action",
    "plan": "publish_action.cli.publish:run_plan",
    "plan --json": "publish_action.cli.publish:run_plan_document",
    "publish": "publish_action.cli.publish:run_publish",
    "check": "publish_action.cli.check:run_check",
    "verify": "publish_action.cli.publish:run_verify",
    "verify --attested-by": "publish_action.cli.verify_attested:run_verify_attested",
    "policy": "publish_action.cli.policy_check:run_policy_check",
    "install-help": "publish_action.cli.install_help:run_install_help",
    "--version --verbose": "publish_action.cli.version:run_version",
}
# Command lines that are known as a whole, their words sorted.
_WHOLE = {("action",): "action", ("--verbose", "--version"): "--version --verbose"}
_OWN = frozenset({*_COMMANDS, "explain"})
_EXTRA_GROUP = "publish_action.commands"
_SECRET_PREFIX = "PUBLISH_ACTION_"  # noqa: S105 -- the prefix of variables' names


def run(arguments: list[str], sealed: Sealed | None = None) -> int:
    """Run the command that `arguments` name; return the exit status of the contract.

    `sealed` is the result of sealing the environment, if the caller has done it already.
    """
    whole = _WHOLE.get(tuple(sorted(arguments)))
    if whole is not None:
        return _run_command(whole, {}, sealed)
    # Looking up other entry points takes as long as reading a small release.
    extras = [] if arguments and arguments[0] in _OWN else _find_extras()
    if arguments and arguments[0] in extras:
        return _run_extra(arguments[0], arguments[1:])
    options = _parser(extras).parse_args(arguments)
    if options.command == "explain":
        return _explain(options.code)
    if options.command == "action":
        return _run_command("action", {}, sealed)
    if options.command in {"policy", "install-help"}:
        given = {name.replace("_", "-"): value or "" for name, value in vars(options).items()}
        return _run_command(options.command, given, sealed)
    return _run_command(_name_command(options), _given(options), sealed)


def _name_command(options: argparse.Namespace) -> str:
    if getattr(options, "json", False):
        return "plan --json"
    # An empty value is not "not given": it would drop the demand without a word.
    if getattr(options, "attested_by", None) is not None:
        return "verify --attested-by"
    return str(options.command)


def _run_command(command: str, given: Mapping[str, str], sealed: Sealed | None) -> int:
    """Seal the environment, then load the command: none of its modules may read the environment before."""
    sealed = sealed or seal(os.environ)
    run = resolve_name(_COMMANDS[command])
    # All modules are loaded: from here on the collector looks only at what the run itself creates.
    gc.freeze()
    gc.enable()
    return int(run(sealed, given))


def _find_extras() -> list[str]:
    return sorted(importlib.metadata.entry_points(group=_EXTRA_GROUP).names)


def _run_extra(name: str, arguments: list[str]) -> int:
    """Run a command that another package adds (the sandbox); it is not in the image."""
    (point,) = importlib.metadata.entry_points(group=_EXTRA_GROUP, name=name)
    try:
        command = point.load()
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"`publish-action {name}` needs the sandbox, and {error.name} is not installed.\n"
            "Install it: pip install 'publish-action[sandbox]'\n"
        )
        return ExitStatus.INPUTS
    return int(command(arguments))


def _parser(extras: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="publish-action",
        description="Publish Python distributions from GitHub to the right index, and to no other.",
        epilog=f"With the extra `sandbox` also: {', '.join(extras)}." if extras else None,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"publish-action {__version__}",
        help="print the version; with --verbose also that of the Sigstore trust root, and when it expires",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("action", help="run as the GitHub action: inputs come from INPUT_* variables")
    plan = commands.add_parser("plan", help="show what publishing would do, and why; send nothing")
    plan.add_argument("--json", action="store_true", help="print the plan document")
    _add_inputs(plan)
    _add_inputs(commands.add_parser("publish", help="publish the distributions"))
    _add_verify(commands.add_parser("verify", help="check that the index serves the local distributions"))
    check = commands.add_parser("check", help="read and check distributions, without GitHub or network")
    check.add_argument("paths", nargs="*", metavar="DIST", help="directories or globs (default: dist)")
    _add_inputs(check)
    _add_policy_check(commands.add_parser("policy", help="check a policy file"))
    _add_install_help(commands.add_parser("install-help", help="show how to install from a private index and no other"))
    commands.add_parser("explain", help="explain a reason code").add_argument("code")
    return parser


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="DIST", help="directories or globs (default: dist)")
    parser.add_argument(
        "--attested-by",
        metavar="OWNER/REPO[:WORKFLOW]",
        help="demand that attestations on a public index prove this publisher of every file; asks the index alone",
    )
    _add_inputs(parser)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    for spec in INPUTS:
        if spec.kind is InputKind.SECRET:
            continue
        text = spec.meaning.replace("%", "%%") + (f" Default: {spec.default}." if spec.default else "")
        if spec.kind is InputKind.BOOLEAN:
            parser.add_argument(f"--{spec.name}", nargs="?", const="true", metavar="BOOLEAN", help=text)
        elif spec.kind in {InputKind.LINES, InputKind.PAIRS}:
            parser.add_argument(f"--{spec.name}", action="append", help=text)
        else:
            parser.add_argument(f"--{spec.name}", help=text)
    variables = ", ".join(_variable(spec) for spec in INPUTS if spec.kind is InputKind.SECRET)
    parser.epilog = f"Secrets come from the environment, never from arguments, which other processes see: {variables}."


def _add_policy_check(parser: argparse.ArgumentParser) -> None:
    check = parser.add_subparsers(required=True, metavar="COMMAND").add_parser(
        "check", help="explain a policy, or list its problems; no network"
    )
    check.add_argument("file", metavar="FILE")
    check.add_argument("--organisation", metavar="FILE", help="the organisation's policy, which FILE narrows")
    check.add_argument("--project", metavar="NAME", help="show where a release of this project would go")
    check.add_argument("--version", metavar="VERSION", help="the version of that release. Default: 1.0.")
    choices = ("public", "private", "internal", "unknown")
    check.add_argument("--visibility", choices=choices, help="the visibility of its repository. Default: each in turn.")
    check.add_argument("--index", metavar="NAME", help="the input `index` of the step. Default: auto.")
    check.add_argument("--private-index-url", metavar="URL", help="the input of that name, where the step has one")
    check.add_argument("--environment", metavar="NAME", help="the GitHub environment of the job")
    check.add_argument("--sdist", action="store_const", const="true", help="the release has an sdist")
    check.add_argument(
        "--declared-private", action="store_const", const="true", help="it has a classifier `Private :: …`"
    )
    check.add_argument("--publish-audience", metavar="WORD", help="the organisation's property of that name")


def _add_install_help(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--project", metavar="NAME", required=True)
    parser.add_argument("--version", metavar="VERSION", required=True)
    parser.add_argument(
        "--name", metavar="NAME", help="the name of the index in the installers' settings. Default: private."
    )
    url = parser.add_mutually_exclusive_group(required=True)
    url.add_argument("--private-index-check-url", metavar="URL", help="the URL that installers read")
    url.add_argument("--private-index-url", metavar="URL", help="the upload URL, where the read URL follows from it")


def _given(options: argparse.Namespace) -> Mapping[str, str]:
    given = {}
    for spec in INPUTS:
        if spec.kind is InputKind.SECRET:
            given[spec.name] = os.environ.get(_variable(spec), "")
            continue
        value = getattr(options, spec.name.replace("-", "_"))
        given[spec.name] = "\n".join(value) if isinstance(value, list) else value or ""
    if getattr(options, "paths", None):
        given["packages-dir"] = "\n".join(options.paths)
    if getattr(options, "attested_by", None) is not None:
        given["attested-by"] = options.attested_by
    return given


def _variable(spec: InputSpec) -> str:
    return _SECRET_PREFIX + spec.name.upper().replace("-", "_")


def _explain(code: str) -> int:
    page = explain(code.upper())
    if page is None:
        near = find_nearest_code(code)
        hint = f" Did you mean {near}?" if near else " docs/reasons.md lists them all."
        sys.stderr.write(f"Unknown reason code {code[:60]!r}.{hint}\n")
        return ExitStatus.INPUTS
    sys.stdout.write(page.rstrip("\n") + "\n")
    return ExitStatus.DONE
