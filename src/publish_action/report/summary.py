"""The job summary: the decision with its evidence, a row per file, and what to do next, as Markdown."""

from publish_action.checks.findings import state_with_rule
from publish_action.models.decision import Plan
from publish_action.models.delivery import FileReport
from publish_action.models.index import Audience, Index
from publish_action.models.visibility import Verdict
from publish_action.reasons import REASONS
from publish_action.report.install_help import InstallRecipe, install_command, list_recipes
from publish_action.report.outputs import find_attestation, is_published, release_url, reports_of
from publish_action.report.plan_document import code_of, describe_answer
from publish_action.report.run_record import RunRecord
from publish_action.untrusted.text import escape_markdown, make_visible, shorten, show_code

_FINDINGS_SHOWN = 50


def render_summary(record: RunRecord) -> str:
    """Return the summary of a run, in success and in failure.

    A repository that is not known to be non-public gets no URL of a private index: its logs and summaries can be
    read by everybody (contract, section 3).
    """
    parts = [_heading(record), *_explanation(record), *_files(record), *_findings(record), *_evidence(record)]
    return "\n\n".join(part for part in [*parts, *_install(record)] if part)


def _heading(record: RunRecord) -> str:
    decision = record.decision
    release = f" {escape_markdown(decision.project)} {escape_markdown(decision.version)}" if decision else ""
    if record.error is not None:
        begun = record.delivery is not None
        return f"## ❌ {'Not finished' if begun else 'Not published'}{':' if release.strip() else ''}{release}".rstrip()
    if record.rehearsal:
        return f"## 📋 Rehearsal:{release}"
    done = "Published" if is_published(record) else "Nothing left to publish:"
    return f"## ✅ {done}{release}"


def _explanation(record: RunRecord) -> list[str]:
    lines = []
    if code := code_of(record):
        lines.append(_explain_code(code))
    if isinstance(record.decision, Plan):
        lines.append(_target(record.decision.index))
    if record.error is not None:
        if record.error.code and record.error.code != code:
            lines.append(f"Ended by {_explain_code(record.error.code)}")
        lines += [_paragraph(record.error.happened), "**What to do:** " + _paragraph(record.error.remedy)]
    if record.attestations:
        lines.append(f"Attestations: {escape_markdown(record.attestations)}")
    return lines


def _explain_code(code: str) -> str:
    reason = REASONS.get(code)
    return f"**`{code}`**" + (f" — {escape_markdown(reason.meaning)}" if reason else "")


def _paragraph(text: str) -> str:
    return "<br>".join(escape_markdown(line) for line in text.split("\n"))


def _target(index: Index) -> str:
    return f"Index: {show_code(index.name)} ({index.audience})"


def _files(record: RunRecord) -> list[str]:
    reports = reports_of(record)
    if not reports:
        return []
    is_attested = record.attested.is_on
    head = "| Distribution | Bytes | Outcome |" + (" Attestation |" if is_attested else "")
    head += "\n| --- | ---: | --- |" + (" --- |" if is_attested else "")
    rows = "\n".join(
        _file_row(report) + (_attestation_cell(report, record) if is_attested else "") for report in reports
    )
    return [f"{head}\n{rows}", *([_hashes(reports)] if record.print_hash else []), *_left(record)]


def _file_row(report: FileReport) -> str:
    said = f" — {escape_markdown(shorten(report.said))}" if report.said else ""
    return f"| {show_code(report.distribution.file)} | {report.distribution.size} | {report.outcome}{said} |"


def _attestation_cell(report: FileReport, record: RunRecord) -> str:
    """Return the cell with a link to the log entry and what the index serves."""
    attested = find_attestation(report, record)
    entry = f"{attested.origin}, [log entry {attested.log_index}]({attested.log_url})" if attested else ""
    served = record.attested.describe_served(report.distribution.file)
    return f" {'; '.join(part for part in (entry, escape_markdown(shorten(served)) if served else '') if part)} |"


def _hashes(reports: tuple[FileReport, ...]) -> str:
    lines = [
        f"{make_visible(each.distribution.file)}\n  SHA-256      {each.distribution.sha256}"
        + (f"\n  BLAKE2b-256  {each.distribution.blake2b_256}" if each.distribution.blake2b_256 else "")
        for each in reports
    ]
    return _details("Hashes", "\n".join(lines))


def _details(title: str, text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<details><summary>{title}</summary>\n<pre>{escaped}</pre>\n</details>"


def _left(record: RunRecord) -> list[str]:
    lines = []
    if record.other_projects:
        lines.append(
            "Files of other projects, not published: " + ", ".join(show_code(name) for name in record.other_projects)
        )
    if record.ignored:
        lines.append("Not distributions, ignored: " + ", ".join(show_code(name) for name in record.ignored))
    return lines


def _findings(record: RunRecord) -> list[str]:
    if not record.findings:
        return []
    rows = [
        f"| {each.severity} | `{each.code}` | {show_code(each.file)} | "
        f"{escape_markdown(shorten(state_with_rule(each)))} {escape_markdown(shorten(each.remedy))} |"
        for each in record.findings[:_FINDINGS_SHOWN]
    ]
    more = len(record.findings) - len(rows)
    head = "| Severity | Code | Distribution | What, and what to do |\n| --- | --- | --- | --- |"
    return ["\n".join([head, *rows]) + (f"\n\n… and {more} more." if more > 0 else "")]


def _evidence(record: RunRecord) -> list[str]:
    evidence = record.evidence
    if evidence is None:
        return []
    testimonies = (evidence.claim, evidence.api, evidence.event)
    rows = [
        f"| {each.source} | {escape_markdown(shorten(describe_answer(each.answer)))} | {each.at:%Y-%m-%d %H:%M:%SZ} |"
        for each in testimonies
    ]
    table = "\n".join(["| Visibility, by | Answer | Read |", "| --- | --- | --- |", *rows])
    because = record.decision.because if record.decision else ()
    return [table, "\n".join(f"- {escape_markdown(sentence)}" for sentence in because)]


def may_show_private_url(record: RunRecord) -> bool:
    """Return whether the run's log and summary are read only by people who may read the repository."""
    return record.decision is not None and record.decision.verdict is Verdict.NONPUBLIC


def _install(record: RunRecord) -> list[str]:
    if not isinstance(record.decision, Plan) or not is_published(record):
        return []
    plan, page = record.decision, release_url(record)
    if plan.index.audience is Audience.PRIVATE and not may_show_private_url(record):
        return []
    lines = [f"Release page: <{page}>"] if page else []
    recipes = list_recipes(index=plan.index, project=plan.project, version=plan.version)
    if recipes:
        return [*lines, "### Install it, from this index and no other", *map(_render_recipe, recipes)]
    command = install_command(index=plan.index, project=plan.project, version=plan.version)
    return [*lines, f"Install it:\n\n```\n{command}\n```"] if command else lines


def _render_recipe(recipe: InstallRecipe) -> str:
    fragment = f"In `{recipe.file}`:\n\n```toml\n{recipe.fragment}\n```\n\n" if recipe.fragment else ""
    text = f"{fragment}```\n{recipe.command}\n```\n\n{escape_markdown(recipe.note)}"
    return f"<details><summary>{recipe.tool}</summary>\n\n{text}\n\n</details>"
