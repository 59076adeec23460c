"""The main job, end to end, on real bytes: what the whole program does when all goes well or is refused."""

import json

import pytest

from publish_sandbox.http.faults import Answer
from support.program import POLICY_PATH, PROJECT, Program

WHEEL = "acme_core-1.0-py3-none-any.whl"
SDIST = "acme_core-1.0.tar.gz"


def outcomes(files: str) -> dict[str, str]:
    return {row["file"]: row["outcome"] for row in json.loads(files)}


def test_public_repository_publishes_by_trusted_publishing(program: Program) -> None:
    """A public repository's release goes to the public index with a minted token, which is burnt at the end."""
    program.build()

    result = program.act()

    assert result.status == 0, result.text
    assert result.outputs["verdict"] == "publish"
    assert result.outputs["code"] == "OK_PUBLIC"
    assert (result.outputs["index"], result.outputs["audience"]) == ("pypi", "public")
    assert (result.outputs["project"], result.outputs["version"]) == (PROJECT, "1.0")
    assert outcomes(result.outputs["files"]) == {WHEEL: "uploaded", SDIST: "uploaded"}
    assert (result.outputs["uploaded-count"], result.outputs["skipped-count"]) == ("2", "0")
    assert (result.outputs["published"], result.outputs["served"]) == ("true", "true")
    assert {upload.file_name for upload in program.pypi.uploads} == {WHEEL, SDIST}
    assert len(program.pypi.minted) == len(program.pypi.burnt) == 1
    assert "Published" in result.summary
    assert f"pip install --index-url {program.pypi.simple_url} {PROJECT}==1.0" in result.summary


def test_second_run_finds_everything_there(program: Program) -> None:
    """The same step again succeeds, sends nothing and reports that it published nothing."""
    program.build()
    program.act()

    again = program.act()

    assert again.status == 0, again.text
    assert outcomes(again.outputs["files"]) == {WHEEL: "already-there", SDIST: "already-there"}
    assert again.outputs["published"] == "false"
    assert len(program.pypi.attempts) == 2


def test_other_bytes_under_a_name_are_refused_before_anything_is_sent(program: Program) -> None:
    """A file that the index has with another hash stops the run; no file is sent and no token is minted."""
    program.build()
    program.act()
    program.build(classifiers=("Topic :: Utilities",))

    again = program.act()

    assert again.status == 6, again.text
    assert len(program.pypi.attempts) == 2
    assert len(program.pypi.minted) == 1
    assert WHEEL in again.errors[0]


def test_private_repository_never_reaches_the_public_index(program: Program) -> None:
    """`index: pypi` in a private repository is refused; not even a connection is made to the index."""
    program.repository.visibility = "private"
    program.build()

    result = program.act({"index": "pypi"})

    assert result.status == 3
    assert (result.outputs["verdict"], result.outputs["code"]) == ("refuse", "E_NONPUBLIC_TO_PUBLIC")
    assert outcomes(result.outputs["files"]) == {WHEEL: "not-tried", SDIST: "not-tried"}
    assert program.pypi.connections == program.private.connections == 0
    assert len(result.errors) == 1
    assert "E_NONPUBLIC_TO_PUBLIC" in result.summary


def test_declared_private_stays_off_the_public_index(program: Program) -> None:
    """A private classifier in a public repository is refused, and no token is minted."""
    program.build(classifiers=("Private :: Do Not Upload",))

    result = program.act({"index": "pypi"})

    assert (result.status, result.outputs["code"]) == (3, "E_PRIVATE_CLASSIFIER")
    assert program.pypi.connections == 0


def test_policy_grant_opens_the_public_index_from_its_environment(program: Program) -> None:
    """A reviewed grant lets a private repository's wheel go public from the named environment, and only from it."""
    program.repository.visibility = "private"
    program.repository.files[POLICY_PATH] = (
        f'[project."{PROJECT}"]\nindexes = ["pypi"]\nallow-public-from-nonpublic = true\n'
        'environment = "pypi-release"\nsdist = true\nreason = "customers"\n'
    )
    program.build()

    outside = program.act()
    inside = program.act(environment="pypi-release")

    assert (outside.status, outside.outputs["code"]) == (3, "E_GRANT_ENVIRONMENT")
    assert (inside.status, inside.outputs["code"]) == (0, "OK_PUBLIC_BY_GRANT")
    assert len(program.pypi.uploads) == 2


def test_policy_index_is_used_by_its_name(program: Program) -> None:
    """A private index that only the policy defines takes the release, with the password from the inputs."""
    program.repository.visibility = "private"
    program.repository.files[POLICY_PATH] = (
        f'[index.acme]\nurl = "{program.private.upload_url}"\naudience = "private"\n'
        f'[project."{PROJECT}"]\nindexes = ["acme"]\n'
    )
    program.build()

    result = program.act({"private-index-password": program.private.api_token("ci")})

    assert result.status == 0, result.text
    assert result.outputs["index"] == "acme"
    assert len(program.private.uploads) == 2


def test_public_repository_shows_no_private_address(program: Program) -> None:
    """A public repository that publishes to a private index shows neither its URL in the log nor in the summary."""
    program.build()

    result = program.act({**program.private_inputs(), "index": "private"})

    assert result.status == 0, result.text
    assert result.outputs["index-url"] == program.private.upload_url
    assert program.private.url not in result.text
    assert program.private.url not in result.summary


def test_public_repository_shows_no_private_address_in_an_error(program: Program) -> None:
    """In a public repository, errors of a private index are reported without its address."""
    program.build()
    program.private.faults.add("/legacy/", Answer(status=302, headers={"Location": f"{program.private.url}/login"}))

    result = program.act({**program.private_inputs(), "index": "private"})

    assert result.status == 6, result.text
    address = program.private.url.removeprefix("http://")
    assert address not in result.text
    assert address.replace(":", "\\:") not in result.summary
    assert "***" in result.errors[0]


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("https://pkgs.acme.dev/root/dev/+simple/", "https://pkgs.acme.dev/root/dev/"),
        ("https://PKGS.acme.dev/legacy/", "https://pkgs.acme.dev/legacy/"),
    ],
    ids=["read URL", "not canonical"],
)
def test_wrong_url_of_a_private_index_is_shown_to_those_who_may_see_it(
    program: Program, written: str, wanted: str
) -> None:
    """Everybody reads the log and the summary of a public repository; of a private one they show the URL to write."""
    program.build()

    public = program.act({"private-index-url": written})
    program.repository.visibility = "private"
    private = program.act({"private-index-url": written})

    assert public.outputs["code"] == private.outputs["code"] != "OK_PUBLIC"
    assert "acme.dev" not in public.text + public.summary
    assert "Write ***" in public.errors[0]
    assert f"Write {wanted}" in private.errors[0]


def test_verbose_tells_requests_and_reasons(program: Program) -> None:
    """`verbose: true` logs each request with its status, and the reasons of the decision; never a token."""
    program.build()

    quiet, loud = program.act({"dry-run": "true"}), program.act({"verbose": "true"})

    assert "Because: " in loud.text
    assert f"POST {program.pypi.url}/_/oidc/mint-token: 200 (" in loud.text
    assert "Because: " not in quiet.text
    assert "GET http" not in quiet.text
    unmasked = "\n".join(line for line in loud.text.splitlines() if not line.startswith("::add-mask"))
    assert not [token for token in program.pypi.minted if token.token in unmasked]


def test_trouble_is_logged_without_being_asked_for(program: Program) -> None:
    """Without `verbose`, each answer that was none is one line in the log, and the run goes on."""
    program.build()
    busy = Answer(status=503, reason="Down", body=b"::error::not ours\n")
    program.pypi.faults.add("/_/oidc/mint-token", busy)
    program.pypi.faults.add("/legacy/", busy)
    program.github.faults.add("/api/v3/repos/octo/demo", busy)

    result = program.act({})

    host = program.pypi.url.removeprefix("http://")
    assert result.status == 0
    assert result.text.count(f"POST at {host}: HTTP 503 (") == 1
    assert result.text.count("HTTP 503, ") == 1
    assert result.text.count("(HTTP 503). It is asked again in 1 s.") == 1
    assert "\n::error::not ours" not in result.text


def test_dry_run_sends_and_mints_nothing(program: Program) -> None:
    """A dry run decides and looks what is there; no token is minted and nothing is uploaded."""
    program.build()

    result = program.act({"dry-run": "true"})

    assert (result.status, result.outputs["verdict"]) == (0, "publish")
    plan = json.loads(result.outputs["plan"])
    assert plan["uploads"] == [{"file": WHEEL, "action": "upload"}, {"file": SDIST, "action": "upload"}]
    assert program.pypi.attempts == []
    assert program.pypi.minted == []
    assert result.outputs["published"] == "false"


def test_plan_document_says_what_and_why(program: Program) -> None:
    """The output `plan` is the plan document of the contract."""
    program.build()

    plan = json.loads(program.act().outputs["plan"])

    assert plan["schema"] == 1
    assert (plan["verdict"], plan["code"], plan["project"], plan["version"]) == ("publish", "OK_PUBLIC", PROJECT, "1.0")
    assert plan["index"] == {"name": "pypi", "url": program.pypi.upload_url, "audience": "public"}
    assert [row["answer"] for row in plan["evidence"]["visibility"]] == ["public"] * 3
    assert {row["file"]: row["kind"] for row in plan["distributions"]} == {WHEEL: "wheel", SDIST: "sdist"}
    assert plan["because"]


@pytest.mark.parametrize("visibility", ["private", "internal"])
def test_change_of_visibility_in_between_is_seen(program: Program, visibility: str) -> None:
    """A stale event payload with `public` does not outweigh GitHub's current answer."""
    program.repository.visibility = visibility
    program.build()

    result = program.act(variables={"GITHUB_EVENT_PATH": _write_public_event(program)})

    assert (result.status, result.outputs["code"]) == (3, "E_VISIBILITY_DISAGREE")
    assert program.pypi.connections == 0


def _write_public_event(program: Program) -> str:
    path = program.folder / "stale-event.json"
    path.write_text(json.dumps({"repository": {"full_name": "octo/demo", "visibility": "public", "private": False}}))
    return str(path)


def test_runner_obeys_only_our_own_commands(program: Program) -> None:
    """A whole successful run gives the runner masks and one folded group, and nothing else."""
    program.build()

    result = program.act()

    assert {command.name for command in result.commands} == {"add-mask", "group", "endgroup"}


def test_no_secret_is_printed_before_it_is_masked(program: Program) -> None:
    """Each secret and token stands in the log only as the value of its mask."""
    program.build()

    result = program.act()

    masked = [command.data for command in result.commands if command.name == "add-mask"]
    unmasked = "\n".join(line for line in result.text.splitlines() if not line.startswith("::add-mask"))
    assert any(token.token in masked for token in program.pypi.minted)
    assert program.github.token in masked
    assert not [secret for secret in masked if secret in unmasked]
    assert not [secret for secret in masked if secret in result.summary]


def test_hostile_environment_changes_nothing(program: Program) -> None:
    """Variables of other tools, and modules in the checkout, neither change the run nor stop it."""
    program.build()
    for name in ("requests.py", "sitecustomize.py", "twine.py"):
        (program.folder / "workspace" / name).write_text("raise SystemExit('imported from the checkout')\n")

    result = program.act(
        variables={
            "TWINE_REPOSITORY_URL": "http://127.0.0.1:9/",
            "PYTHONPATH": str(program.folder / "workspace"),
            "REQUESTS_CA_BUNDLE": "/nonexistent",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "ALL_PROXY": "http://127.0.0.1:9",
        }
    )

    assert result.status == 0, result.text
    warnings = [command.data for command in result.commands if command.name == "warning"]
    assert warnings == [
        "Ignored settings in the environment: ALL_PROXY, HTTP_PROXY, PYTHONPATH, REQUESTS_CA_BUNDLE, "
        "TWINE_REPOSITORY_URL."
    ]


def test_nothing_is_written_into_the_workspace(program: Program) -> None:
    """The checkout is as it was."""
    program.build()
    before = sorted(path for path in program.folder.joinpath("workspace").rglob("*"))

    program.act()

    assert sorted(path for path in program.folder.joinpath("workspace").rglob("*")) == before
