"""The trust root comes from the installation or from one file; HOME and the network are not asked."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from publish_action.attestations.trust import load_public_trust, parse_trust_config, read_embedded_root
from publish_action.errors import ExitStatus, InputsInvalid
from support.sigstore_clients import Signing, set_up_signing

Json: TypeAlias = dict[str, "object"]


@pytest.fixture
def signing() -> Iterator[Signing]:
    with set_up_signing() as local:
        yield local


def test_public_sigstore_is_embedded() -> None:
    """The public Sigstore's addresses are known without asking anybody, and its entries have a page for people."""
    trust = load_public_trust()

    assert trust.hosts == ("fulcio.sigstore.dev", "rekor.sigstore.dev")
    assert trust.link_entry(7) == "https://search.sigstore.dev/?logIndex=7"


def test_home_is_not_read(tmp_path: Path) -> None:
    """TUF's cache in HOME, which earlier steps of a job can write, is neither read nor made."""
    cache = tmp_path / ".cache" / "sigstore-python" / "tuf" / "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev"
    cache.mkdir(parents=True)
    (cache / "trusted_root.json").write_text("{}")
    program = "from publish_action.attestations.trust import load_public_trust; print(load_public_trust().hosts)"

    done = subprocess.run(
        [sys.executable, "-I", "-c", program], env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert "fulcio.sigstore.dev" in done.stdout, done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["trusted_root.json"]


def test_private_sigstore_is_read(signing: Signing) -> None:
    """A configuration file says whom to trust and where to sign; entries are linked at that log."""
    trust = parse_trust_config(signing.sigstore.trust_config().encode())

    assert trust.hosts == ("127.0.0.1",)
    assert trust.certificate_url.text == f"{signing.sigstore.url}/"
    assert trust.link_entry(7) == f"{signing.sigstore.url}/api/v1/log/entries?logIndex=7"


def test_log_may_stand_under_a_path(signing: Signing) -> None:
    """The client for logs keeps a path."""
    config: Json = json.loads(signing.sigstore.trust_config())
    set_url("rekorTlogUrls", "https://sigstore.example.org/rekor")(config)

    trust = parse_trust_config(json.dumps(config).encode())

    assert trust.hosts == ("127.0.0.1", "sigstore.example.org")
    assert trust.link_entry(7) == "https://sigstore.example.org/rekor/api/v1/log/entries?logIndex=7"


def set_url(service: str, url: str) -> Callable[[Json], None]:
    def change(config: Json) -> None:
        signing = config["signingConfig"]
        assert isinstance(signing, dict)
        signing[service][0]["url"] = url

    return change


def set_root(name: str, value: object) -> Callable[[Json], None]:
    def change(config: Json) -> None:
        root = config["trustedRoot"]
        assert isinstance(root, dict)
        root[name] = value

    return change


def set_version(config: Json) -> None:
    signing = config["signingConfig"]
    assert isinstance(signing, dict)
    signing["rekorTlogUrls"][0]["majorApiVersion"] = 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (set_url("caUrls", "http://fulcio.example.org"), "it is not https"),
        (set_url("rekorTlogUrls", "http://rekor.example.org"), "it is not https"),
        (set_url("rekorTlogUrls", "https://10.0.0.1"), "IP address"),
        (set_url("rekorTlogUrls", "https://user:secret@rekor.example.org"), "user name or password"),
        (set_url("caUrls", "https://sigstore.example.org/fulcio"), "has a path"),
        (set_version, "No valid Rekor transparency log"),
        (set_root("tlogs", []), "no transparency log"),
        (set_root("certificateAuthorities", []), "Fulcio certificates not found"),
        (set_root("certificateAuthorities", 1), "certificateAuthorities: Input should be a valid array"),
        (set_root("mediaType", "application/json"), "mediaType: Input should be"),
        (lambda config: config.pop("signingConfig"), "signingConfig: Field required"),
        (lambda config: config.update(mediaType="x"), "mediaType"),
    ],
)
def test_unusable_configuration_is_told(signing: Signing, change: Callable[[Json], object], says: str) -> None:
    """Each thing that is in the way has its words, with status 2."""
    config: Json = json.loads(signing.sigstore.trust_config())
    change(config)

    with pytest.raises(InputsInvalid) as caught:
        parse_trust_config(json.dumps(config).encode())

    assert (caught.value.code, caught.value.status) == ("E_TRUST_CONFIG", ExitStatus.INPUTS)
    assert says in caught.value.happened
    assert "secret" not in caught.value.happened


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[" * 100_000, b"\xff"])
def test_no_object_is_no_configuration(content: bytes) -> None:
    """What is no JSON object is told as that."""
    with pytest.raises(InputsInvalid, match="not a JSON object"):
        parse_trust_config(content)


def test_embedded_root_tells_its_age() -> None:
    """Version and expiry are known; an expired root is a warning that says what to do, a fresh one is none."""
    root = read_embedded_root()

    assert root.version >= 15
    assert str(root) == f"Sigstore trust root: version {root.version}, expires {root.expires:%Y-%m-%d}"
    assert root.warn_of_age(root.expires) is None
    warning = root.warn_of_age(root.expires + timedelta(seconds=1))
    assert warning is not None
    assert f"expired on {root.expires:%Y-%m-%d}" in warning
    assert root.expires > datetime(2026, 1, 1, tzinfo=UTC)
