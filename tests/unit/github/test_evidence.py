"""What GitHub says of a run is gathered whole, each fact with its source."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from publish_action.app.files import LocalFiles
from publish_action.decision.visibility import judge_visibility
from publish_action.errors import CredentialMissing, GitHubUnreachable, IdTokenMalformed, PublishError, Stopped
from publish_action.github.api import RestApi
from publish_action.github.context import Context, parse_context
from publish_action.github.evidence import EVIDENCE_AUDIENCE, GitHubEvidence, Sources, gather_evidence
from publish_action.github.id_tokens import GitHubIdTokens
from publish_action.github.token_verifier import TokenVerifier
from publish_action.models.policy import Policy, PolicyAbsent, PolicyInvalid, PolicyUnavailable
from publish_action.models.visibility import (
    Answered,
    Malformed,
    NoAnswer,
    OrganisationAudience,
    PublishAudience,
    Source,
    Trigger,
    Verdict,
    Visibility,
)
from publish_action.network.client import Network, Request, RequestsClient, Response
from publish_action.policy.loader import read_policy
from publish_action.policy.resolve import list_allowed
from publish_action.protocols import Unavailable
from publish_action.secret import Secret
from publish_sandbox.github.server import LocalGitHub
from publish_sandbox.http.faults import FOREVER, Answer, BadToken, Drop, Fault
from support.fakes import (
    CLAIMS,
    ID_TOKEN,
    NOW,
    FakeApi,
    FakeFiles,
    FakeIdTokens,
    FakeLog,
    FakeTime,
    FakeVerifier,
    context_of,
    laptop,
)

PUBLIC = Answered(visibility=Visibility.PUBLIC)
EVENT_PATH = "/github/workflow/event.json"
PUBLIC_EVENT = b'{"repository": {"id": 4711, "visibility": "public", "private": false}}'
POLICY = ".github/publish-policy.toml"
POLICY_TEXT = 'unlisted-projects = "refuse"\n'
SHA = "7638417db6d59f3c431d3e1f261cc637155684cd"


def sources(
    *,
    id_tokens: FakeIdTokens | None = None,
    verifier: FakeVerifier | None = None,
    api: FakeApi | None = None,
    event: bytes | Unavailable | None = PUBLIC_EVENT,
) -> Sources:
    """Give sources that all say public, but for the one a test is about."""
    return Sources(
        id_tokens=id_tokens or FakeIdTokens(token=ID_TOKEN),
        verifier=verifier or FakeVerifier(),
        api=api or FakeApi(),
        files=FakeFiles({} if event is None else {EVENT_PATH: event}),
        clock=FakeTime().clock,
    )


def test_three_sources_are_heard() -> None:
    """Each source's answer comes with its name and its time."""
    github_evidence = gather_evidence(context_of(), sources())

    testimonies = (github_evidence.claim, github_evidence.api, github_evidence.event)
    assert [testimony.source for testimony in testimonies] == [Source.ID_TOKEN, Source.API, Source.EVENT]
    assert [testimony.answer for testimony in testimonies] == [PUBLIC, PUBLIC, PUBLIC]
    assert {testimony.at for testimony in testimonies} == {NOW}
    assert github_evidence.environment == "pypi"
    assert github_evidence.claims == CLAIMS


def test_the_claims_cannot_be_changed() -> None:
    """Evidence is read-only, and independent of what it was made from."""
    claims = dict(CLAIMS)
    github_evidence = gather_evidence(context_of(), sources(verifier=FakeVerifier(answer=claims)))
    claims["run_id"] = "another"

    assert github_evidence.claims == CLAIMS
    assert not hasattr(github_evidence.claims, "update")


def test_the_token_for_evidence_is_worth_nothing_elsewhere() -> None:
    """It is asked for with an audience under a name that nobody can own (RFC 2606)."""
    id_tokens = FakeIdTokens(token=ID_TOKEN)

    gather_evidence(context_of(), sources(id_tokens=id_tokens))

    assert id_tokens.audiences == [EVIDENCE_AUDIENCE]
    assert EVIDENCE_AUDIENCE.endswith(".invalid")


def test_both_names_of_the_event_are_kept() -> None:
    """The runner's name and the signed one can each refuse."""
    verifier = FakeVerifier(answer=CLAIMS | {"event_name": "workflow_run"})

    github_evidence = gather_evidence(context_of(), sources(verifier=verifier))

    assert github_evidence.trigger == Trigger(event_names=("push", "workflow_run"), from_fork=True)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CredentialMissing("No permission.", remedy="Give it."), NoAnswer),
        (GitHubUnreachable("No token came.", remedy="Again."), NoAnswer),
        (IdTokenMalformed("Another audience.", remedy="Look."), Malformed),
    ],
)
def test_a_token_that_did_not_come_is_told_from_a_wrong_one(
    error: PublishError, kind: type[Malformed | NoAnswer]
) -> None:
    """Silence can be outvoted; a wrong token cannot (D13, D15)."""
    api = FakeApi()

    github_evidence = gather_evidence(context_of(), sources(id_tokens=FakeIdTokens(error=error), api=api))

    assert github_evidence.claim.answer == kind(reason=str(error))
    assert (github_evidence.environment, github_evidence.claims, github_evidence.trigger.event_names) == (
        None,
        {},
        ("push",),
    )
    assert api.asked == 1


def test_a_cancelled_run_is_not_a_silent_source() -> None:
    """A signal that comes while a token is fetched ends the run, whatever the step was doing."""
    stopped = FakeIdTokens(error=Stopped("SIGTERM came.", remedy="Run the job again."))

    with pytest.raises(Stopped):
        gather_evidence(context_of(), sources(id_tokens=stopped))


@pytest.mark.parametrize("answer", [Malformed(reason="Bad signature."), NoAnswer(reason="No keys.")])
def test_a_token_that_was_not_verified_says_nothing(answer: Malformed | NoAnswer) -> None:
    """No claim of an unverified token gets into the evidence, and the API is asked all the same."""
    api = FakeApi()

    github_evidence = gather_evidence(context_of(), sources(verifier=FakeVerifier(answer=answer), api=api))

    assert github_evidence.claim.answer == answer
    assert (github_evidence.environment, github_evidence.claims, github_evidence.trigger.event_names) == (
        None,
        {},
        ("push",),
    )
    assert api.asked == 1


@pytest.mark.parametrize("name", ["repository", "repository_id", "run_id"])
def test_a_token_of_another_run_says_nothing(name: str) -> None:
    """A verified token of another run is malformed evidence, and its environment is not ours (D15)."""
    github_evidence = gather_evidence(context_of(), sources(verifier=FakeVerifier(answer=CLAIMS | {name: "another"})))

    assert isinstance(github_evidence.claim.answer, Malformed)
    assert (github_evidence.environment, github_evidence.claims) == (None, {})


@pytest.mark.parametrize(
    ("event", "kind"),
    [(None, NoAnswer), (Unavailable(reason="It cannot be read."), NoAnswer), (b"<html>", Malformed), (b"{}", NoAnswer)],
)
def test_an_event_that_says_nothing_is_no_answer(event: bytes | Unavailable | None, kind: type) -> None:
    """A missing event file is silence, a spoilt one is not."""
    github_evidence = gather_evidence(context_of(), sources(event=event))

    assert isinstance(github_evidence.event.answer, kind)


def test_a_workflow_run_without_its_payload_is_a_forks() -> None:
    """What cannot be told from a fork's run is refused as one."""
    github_evidence = gather_evidence(context_of(GITHUB_EVENT_NAME="workflow_run"), sources(event=None))

    assert github_evidence.trigger.from_fork


def test_an_absent_policy_is_absent() -> None:
    """A repository without the default file has no policy."""
    policy = read_policy(POLICY, context_of(), api=FakeApi(), files=FakeFiles())

    assert policy == PolicyAbsent(source=f"octo/demo/{POLICY}")


def test_a_policy_is_read_from_the_default_branch_only() -> None:
    """A run never reads a policy from the disk, where the checked-out ref lies."""
    api = FakeApi(files={(None, POLICY, None): POLICY_TEXT})
    disk = FakeFiles({POLICY: b'unlisted-projects = "allow"'})

    policy = read_policy(POLICY, context_of(), api=api, files=disk)

    assert isinstance(policy, Policy)
    assert (policy.source, policy.unlisted_refused) == (f"octo/demo/{POLICY}", True)


def test_an_organisations_policy_is_read_at_its_commit() -> None:
    """The pinned commit of the named repository is what is read."""
    reference = f"octo/policies/python.toml@{SHA}"
    api = FakeApi(files={("octo/policies", "python.toml", SHA): POLICY_TEXT})

    policy = read_policy(reference, context_of(), api=api, files=FakeFiles())

    assert isinstance(policy, Policy)
    assert policy.source == reference


def test_a_pinned_policy_that_is_not_there_is_not_absent() -> None:
    """A misspelt path of a policy that somebody pinned must not switch it off."""
    policy = read_policy(f"octo/policies/pyton.toml@{SHA}", context_of(), api=FakeApi(), files=FakeFiles())

    assert isinstance(policy, PolicyUnavailable)


def test_a_policy_out_of_reach_is_unavailable() -> None:
    """What nobody could read is never the same as absent."""
    api = FakeApi(files={(None, POLICY, None): Unavailable(reason="GitHub answered 403.")})

    policy = read_policy(POLICY, context_of(), api=api, files=FakeFiles())

    assert policy == PolicyUnavailable(source=f"octo/demo/{POLICY}", reason="GitHub answered 403.")


@pytest.mark.parametrize("text", ["not TOML", 'unlisted-projects = "maybe"', "surprise = 1"])
def test_a_policy_that_cannot_be_understood_is_invalid(text: str) -> None:
    """A file that is there and says something else is a third answer."""
    policy = read_policy(POLICY, context_of(), api=FakeApi(files={(None, POLICY, None): text}), files=FakeFiles())

    assert isinstance(policy, PolicyInvalid)


@pytest.mark.parametrize("reference", ["../policy.toml", "octo/policies/python.toml@main"])
def test_a_reference_that_is_none_is_invalid(reference: str) -> None:
    """A run refuses a reference that could mean two things."""
    assert isinstance(read_policy(reference, context_of(), api=FakeApi(), files=FakeFiles()), PolicyInvalid)


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"policy.toml": POLICY_TEXT.encode()}, Policy),
        ({}, PolicyAbsent),
        ({"policy.toml": b"\xff"}, PolicyInvalid),
        ({"policy.toml": Unavailable(reason="It is a folder.")}, PolicyUnavailable),
    ],
    ids=["there", "absent", "not UTF-8", "a folder"],
)
def test_a_laptop_reads_a_policy_from_its_disk(files: dict[str, bytes | Unavailable], kind: type) -> None:
    """A rehearsal without a repository takes the file that the user names."""
    policy = read_policy("policy.toml", laptop(), api=FakeApi(), files=FakeFiles(files))

    assert isinstance(policy, kind)


# The same step with the real parts, against a GitHub on this machine.


@pytest.fixture
def server() -> Iterator[LocalGitHub]:
    """A GitHub on this machine."""
    with LocalGitHub() as running:
        yield running


class Run:
    """A run on the local GitHub, asked with the real parts.

    The one thing replaced is the library that fetches ID tokens, because it reads the process's own environment
    (tests/unit/github/test_id_tokens.py has it in children); here our own HTTP client asks the same address.
    """

    def __init__(
        self, server: LocalGitHub, temp: Path, *, visibility: str = "public", event: str = "push", **over: str
    ) -> None:
        self.server = server
        self.repository = server.repository("octo/demo", visibility=visibility)
        self.environment = server.environment(
            self.repository, workspace=temp, temp=temp, event=event, environment="pypi"
        )
        self.environment |= over

    def hear(self) -> GitHubEvidence:
        """Ask every source."""
        context = parse_context(self.environment)
        assert isinstance(context, Context)
        http, clock = RequestsClient(Network()), self.server.clock
        api = RestApi(
            api_url=context.api_url,
            repository=context.repository,
            repository_id=context.repository_id,
            token=Secret(self.server.token),
            sleep=FakeTime().sleep,
        )
        return gather_evidence(
            context,
            Sources(
                id_tokens=GitHubIdTokens(
                    context=context, log=FakeLog(), clock=clock, sleep=FakeTime().sleep, ask=self._ask
                ),
                verifier=TokenVerifier(client=http, clock=clock, sleep=FakeTime().sleep),
                api=api,
                files=LocalFiles(),
                clock=clock,
            ),
        )

    def verdict(self) -> Verdict:
        """Say what all sources say together."""
        github_evidence = self.hear()
        return judge_visibility(
            claim=github_evidence.claim.answer, api=github_evidence.api.answer, event=github_evidence.event.answer
        )

    def _ask(self, audience: str) -> str:
        url = f"{self.environment['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={quote(audience, safe='')}"
        bearer = Secret(f"bearer {self.environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}")
        answer = RequestsClient(Network()).send(Request(method="GET", url=url, headers={"Authorization": bearer}))
        assert isinstance(answer, Response)
        value = json.loads(answer.body)["value"]
        assert isinstance(value, str)
        return value


API_ROUTE = "/api/v3/repos/octo/demo"
KEYS_ROUTE = "/_services/token/.well-known"
ID_TOKEN_ROUTE = "/_services/request-id-token"


@pytest.mark.parametrize(
    ("visibility", "verdict"),
    [("public", Verdict.PUBLIC), ("private", Verdict.NONPUBLIC), ("internal", Verdict.NONPUBLIC)],
)
def test_a_whole_run_says_what_the_repository_is(
    server: LocalGitHub, tmp_path: Path, visibility: str, verdict: Verdict
) -> None:
    """Three real sources agree about a repository that nobody has changed."""
    run = Run(server, tmp_path, visibility=visibility)

    github_evidence = run.hear()

    answer = Answered(visibility=Visibility(visibility))
    assert (github_evidence.claim.answer, github_evidence.api.answer, github_evidence.event.answer) == (
        answer,
        answer,
        answer,
    )
    assert github_evidence.environment == "pypi"
    assert github_evidence.claims["repository"] == "octo/demo"
    assert run.verdict() is verdict


@pytest.mark.parametrize(
    "bad",
    [
        BadToken(foreign_key=True),
        BadToken.expired(),
        BadToken(claims={"aud": "pypi"}),
        BadToken(claims={"iss": "https://token.actions.githubusercontent.com"}),
        BadToken(claims={"run_id": "16000000000"}),
        BadToken(claims={"repository": "octo/other"}),
        BadToken(claims={"repository_id": "1"}),
        BadToken(claims={"repository_visibility": "PUBLIC"}),
    ],
    ids=str,
)
def test_a_forged_or_replayed_token_makes_it_unknown(server: LocalGitHub, tmp_path: Path, bad: BadToken) -> None:
    """A bad token is not outvoted by an API that says public (A21, D15)."""
    run = Run(server, tmp_path)
    server.faults.add(ID_TOKEN_ROUTE, bad)

    assert run.verdict() is Verdict.UNKNOWN


def test_a_token_from_another_server_makes_it_unknown(server: LocalGitHub, tmp_path: Path) -> None:
    """An earlier step that sends us elsewhere for ID tokens gets no verdict; its keys are not asked for (D13)."""
    with LocalGitHub() as foreign:
        elsewhere = Run(foreign, tmp_path).environment
        run = Run(server, tmp_path, **{name: text for name, text in elsewhere.items() if "ID_TOKEN" in name})

        assert run.verdict() is Verdict.UNKNOWN
        assert {request.path for request in foreign.requests} == {ID_TOKEN_ROUTE}


@pytest.mark.parametrize("fault", [Answer(status=503), Answer(status=403), Drop()], ids=["503", "403", "dropped"])
def test_an_api_out_of_reach_leaves_the_signed_claim(server: LocalGitHub, tmp_path: Path, fault: Fault) -> None:
    """One authoritative source is enough where the other is silent (A22)."""
    run = Run(server, tmp_path)
    server.faults.add(API_ROUTE, fault, times=FOREVER)

    assert run.verdict() is Verdict.PUBLIC


def test_an_api_that_answers_rubbish_makes_it_unknown(server: LocalGitHub, tmp_path: Path) -> None:
    """A page in the API's place is not silence."""
    run = Run(server, tmp_path)
    server.faults.add(API_ROUTE, Answer(content_type="text/html", body=b"<html>public</html>"))

    assert run.verdict() is Verdict.UNKNOWN


@pytest.mark.parametrize(("visibility", "verdict"), [("public", Verdict.PUBLIC), ("private", Verdict.NONPUBLIC)])
def test_a_job_without_id_tokens_has_the_api(
    server: LocalGitHub, tmp_path: Path, visibility: str, verdict: Verdict
) -> None:
    """Without `id-token: write` the API alone decides, and there is no verified environment."""
    run = Run(server, tmp_path, visibility=visibility, ACTIONS_ID_TOKEN_REQUEST_URL="")

    assert run.verdict() is verdict
    assert run.hear().environment is None


def test_keys_out_of_reach_leave_the_api(server: LocalGitHub, tmp_path: Path) -> None:
    """A token whose keys cannot be had says nothing, and proves nothing."""
    run = Run(server, tmp_path)
    server.faults.add(KEYS_ROUTE, Answer(status=503), times=FOREVER)

    assert run.verdict() is Verdict.PUBLIC
    assert run.hear().environment is None


def test_no_authoritative_answer_is_unknown(server: LocalGitHub, tmp_path: Path) -> None:
    """The event alone never opens a public index."""
    run = Run(server, tmp_path, ACTIONS_ID_TOKEN_REQUEST_URL="")
    server.faults.add(API_ROUTE, Answer(status=503), times=FOREVER)

    assert run.verdict() is Verdict.UNKNOWN


def test_a_repository_made_private_while_the_job_waited_disagrees(server: LocalGitHub, tmp_path: Path) -> None:
    """The event still says public, the signed claim and the API do not (A25)."""
    run = Run(server, tmp_path)
    run.repository.visibility = "private"

    assert run.verdict() is Verdict.DISAGREE


def test_an_event_edited_to_say_public_disagrees(server: LocalGitHub, tmp_path: Path) -> None:
    """An earlier step can write the event file, and cannot make a private repository public."""
    run = Run(server, tmp_path, visibility="private")
    Path(run.environment["GITHUB_EVENT_PATH"]).write_bytes(PUBLIC_EVENT)

    assert run.verdict() is Verdict.DISAGREE


def test_a_scheduled_run_without_a_repository_in_its_event_is_public(server: LocalGitHub, tmp_path: Path) -> None:
    """A payload without a repository has no effect."""
    run = Run(server, tmp_path, event="schedule")

    assert run.verdict() is Verdict.PUBLIC


def test_a_laptop_hears_nothing() -> None:
    """Without a repository all three sources are silent, and nobody is asked."""
    context, files = laptop(), LocalFiles()
    api = RestApi(
        api_url="http://127.0.0.1:1", repository=None, repository_id="", token=Secret(""), sleep=FakeTime().sleep
    )
    id_tokens = GitHubIdTokens(context=context, log=FakeLog(), clock=FakeTime().clock, sleep=FakeTime().sleep)

    github_evidence = gather_evidence(
        context, Sources(id_tokens=id_tokens, verifier=FakeVerifier(), api=api, files=files, clock=FakeTime().clock)
    )

    answers = (github_evidence.claim.answer, github_evidence.api.answer, github_evidence.event.answer)
    assert all(isinstance(answer, NoAnswer) for answer in answers)
    assert github_evidence.event.answer == NoAnswer(reason="There is no event file.")
    assert github_evidence.trigger == Trigger()


ORGANISATIONS = f"octo/policies/publish.toml@{SHA}"
WIDE = '[index.acme]\nurl = "https://pkgs.acme.example/legacy/"\n[project.a]\nindexes = ["acme", "pypi"]'
NARROW = '[project.a]\nindexes = ["acme"]'


def two_policies(own: str | Unavailable | None) -> FakeApi:
    """Give an API that has an organisation's policy, and the repository's own where one is given."""
    organisations: dict[tuple[str | None, str, str | None], str | Unavailable]
    organisations = {("octo/policies", "publish.toml", SHA): WIDE}
    return FakeApi(files={**organisations, **({} if own is None else {(None, POLICY, None): own})})


def test_pinned_policy_is_narrowed_by_the_repositorys_own() -> None:
    """With an organisation's policy, the repository's own is read too; it names the organisation's indexes."""
    policy = read_policy(ORGANISATIONS, context_of(), api=two_policies(NARROW), files=FakeFiles())

    assert isinstance(policy, Policy)
    assert policy.narrowed_by is not None
    assert (policy.source, policy.narrowed_by.source) == (ORGANISATIONS, f"octo/demo/{POLICY}")
    assert list_allowed(policy, "a") == ("acme",)


def test_pinned_policy_alone_holds_where_the_repository_has_none() -> None:
    """A repository need not have a policy of its own."""
    policy = read_policy(ORGANISATIONS, context_of(), api=two_policies(None), files=FakeFiles())

    assert isinstance(policy, Policy)
    assert policy.narrowed_by is None


@pytest.mark.parametrize(
    ("own", "kind"),
    [
        (Unavailable(reason="GitHub answered with status 503."), PolicyUnavailable),
        ("colour = 1", PolicyInvalid),
        ('[index.mine]\nurl = "https://mine.example/"', PolicyInvalid),
    ],
)
def test_own_policy_that_cannot_be_used_refuses(own: str | Unavailable, kind: type) -> None:
    """Under an organisation's policy, a repository's own that is broken or out of reach is not passed over."""
    policy = read_policy(ORGANISATIONS, context_of(), api=two_policies(own), files=FakeFiles())

    assert isinstance(policy, kind)


def test_on_a_laptop_the_own_policy_is_a_file() -> None:
    """A rehearsal of an organisation's policy is narrowed by the file in the checkout."""
    policy = read_policy(ORGANISATIONS, laptop(), api=two_policies(None), files=FakeFiles({POLICY: NARROW.encode()}))

    assert isinstance(policy, Policy)
    assert list_allowed(policy, "a") == ("acme",)


def test_policy_of_another_repository_without_a_commit_is_an_error() -> None:
    """`owner/repo/path` without `@sha` is never taken for a policy that is absent; the problem shows the spelling."""
    policy = read_policy("octo/policies/publish.toml", context_of(), api=FakeApi(), files=FakeFiles())

    assert isinstance(policy, PolicyInvalid)
    assert "write octo/policies/publish.toml@SHA" in policy.problems[0]


def test_policy_in_a_folder_of_this_repository_is_read() -> None:
    """A path that only reads like another repository's is a file of this one where it is there."""
    api = FakeApi(files={(None, "python/policies/publish.toml", None): POLICY_TEXT})

    assert isinstance(read_policy("python/policies/publish.toml", context_of(), api=api, files=FakeFiles()), Policy)


def test_organisations_switch_comes_from_the_verified_token_alone() -> None:
    """The property is heard with the claims; a token that failed verification leaves it unsaid."""
    claims = CLAIMS | {"repo_property_publish_audience": "private-only"}

    heard = gather_evidence(context_of(), sources(verifier=FakeVerifier(answer=claims)))
    unheard = gather_evidence(context_of(), sources(verifier=FakeVerifier(answer=Malformed(reason="Forged."))))

    assert heard.switch == OrganisationAudience(audience=PublishAudience.PRIVATE_ONLY, written="private-only")
    assert unheard.switch == OrganisationAudience()
