"""Fuzz the readers, guided by coverage: `make fuzz [SECONDS=60] [TARGETS="wheel tar"]`.

    PYTHONPATH=tests python -m fuzz SECONDS TARGET...    each target in a process of its own, for that many seconds

An input that makes a reader raise anything but its own error, or take more than ten seconds or 512 MB, is written to
`tests/data/fuzz/TARGET`, where a test reads it from then on.
"""

import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_CORPUS = _ROOT / ".cache" / "fuzz"
_KEPT = _ROOT / "tests" / "data" / "fuzz"
_LIMITS = ("-timeout=10", "-rss_limit_mb=512", "-max_len=65536", "-print_final_stats=0", "-verbosity=0")


def main(arguments: list[str]) -> int:
    """Fuzz each named target in a child process, or one in this process; exit with 1 if any fails."""
    if arguments[0] == "--alone":
        return _fuzz(arguments[1], arguments[2:])
    seconds, *targets = arguments
    failed = [target for target in targets if not _run(target, int(seconds))]
    sys.stdout.write(
        f"{len(targets) - len(failed)} of {len(targets)} targets passed, {seconds} s each. {' '.join(failed)}\n"
    )
    return 1 if failed else 0


def _run(target: str, seconds: int) -> bool:
    corpus, kept = _CORPUS / target, _KEPT / target
    corpus.mkdir(parents=True, exist_ok=True)
    kept.mkdir(parents=True, exist_ok=True)
    _seed(target, corpus)
    command = [sys.executable, __file__, "--alone", target, str(corpus), f"-artifact_prefix={kept}/"]
    sys.stdout.write(f"{target}: {seconds} s\n")
    sys.stdout.flush()
    done = subprocess.run([*command, f"-max_total_time={seconds}", *_LIMITS], check=False, timeout=seconds * 3 + 120)
    return done.returncode == 0


def _fuzz(target: str, options: list[str]) -> int:
    # Only here: the parent needs neither, and atheris instruments what is imported within.
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore] # noqa: PLC0415 -- not always there

    with atheris.instrument_imports(include=["publish_action", "packaging", "fuzz.targets"]):
        from fuzz.targets import TARGETS  # noqa: PLC0415

    atheris.Setup([sys.argv[0], *options], TARGETS[target])
    atheris.Fuzz()
    return 0


def _seed(target: str, corpus: Path) -> None:
    """Write the input that the fuzzer starts from: a good distribution of our own builder, or a part of one."""
    from publish_sandbox.distributions.builder import build_sdist, build_wheel, metadata  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder), "acme", "1.0").read_bytes()
        sdist = build_sdist(Path(folder), "acme", "1.0").read_bytes()
    text = metadata("acme", "1.0", classifiers=["Private :: Do Not Upload"]).encode()
    seeds = {
        "wheel": wheel,
        "members": b"\xff\xfe".join(
            (text, b"Wheel-Version: 1.0\n", b"acme/a.py,sha256=,1\n", b"[x]\na=b:c\n", b"a\0b")
        ),
        "tar": gzip.decompress(sdist),
        "gzip": sdist,
        "metadata": text,
        "record": b"acme/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n",
        "scan": b"password = 'x'\n",
        "page": b'<a href="acme-1.0.tar.gz#sha256=00">acme-1.0.tar.gz</a>',
    }
    (corpus / "seed").write_bytes(seeds[target])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
