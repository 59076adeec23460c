"""Send a release: the first file alone, the rest in parallel, every doubt settled by asking the index.

The rules:

- Nothing is sent if the index has a file of the release with other bytes, or is known to accept no more files of it.
- The first file of a new release goes alone, then the other wheels in parallel, then the sdists.
- After the first error no other file is begun; what is on its way may finish, unless the run was stopped.
- Every file ends in a report, also when the upload of the release fails: uploaded, already there, rejected, not tried.

Not handled: nothing is deleted or taken back, so a release that failed half-way stays half-way until the next run,
which recognises the files that are there by their hash. An index whose read URL is not known is not compared with.

Example: of two wheels and an sdist for a version that the index does not have, the smaller wheel is sent alone, the
larger one after it, the sdist last.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from publish_action.credentials.credential import Credential
from publish_action.distributions.reader import OpenDistribution
from publish_action.errors import (
    CredentialRejected,
    IndexRefused,
    IndexUnreachable,
    PublishError,
    Stopped,
    describe_bug,
)
from publish_action.models.delivery import DeliveryReport, FileReport, Outcome, Served
from publish_action.models.distribution import Distribution, Kind
from publish_action.models.index import Index
from publish_action.network.client import HttpClient, Network
from publish_action.protocols import Clock, Log, Progress, Sleep
from publish_action.untrusted.text import shorten
from publish_action.upload.file import Explain, Sender, explain_nothing
from publish_action.upload.index_reader import IndexReader
from publish_action.upload.plan import PlannedFile, ReleaseInTheWay, UploadPlan, plan_uploads
from publish_action.upload.twine_client import Uploader
from publish_action.upload.verify import ServedFiles, wait_until_served

_POLL_SECONDS = 0.1
_GRACE_POLLS = 20
"""Two seconds: the runner kills ten seconds after it asked us to stop, and tokens are to be burnt before that."""

_NOTHING_SEEN = ServedFiles(served=Served.UNKNOWN, urls={})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """The inputs that concern the delivery (contract, section 2)."""

    skip_existing: bool = True
    parallel: int = 4
    wait_until_served: bool = True
    wait_timeout: float = 300.0
    """Seconds."""


class DeliveryFailed(PublishError):
    """The error that ended a delivery, with its code and status, and what became of every file."""

    def __init__(self, cause: PublishError, report: DeliveryReport) -> None:
        summary = _summarise(report)
        happened = cause.happened if cause.happened.endswith(summary) else f"{cause.happened}\n{summary}"
        super().__init__(happened, remedy=cause.remedy, code=cause.code)
        self.status = cause.status
        self.report = report


def upload_release(
    files: Sequence[OpenDistribution],
    *,
    index: Index,
    credential: Credential,
    client: HttpClient,
    network: Network,
    options: DeliveryOptions,
    log: Log,
    progress: Progress,
    clock: Clock,
    sleep: Sleep,
    stop: threading.Event,
    plan: UploadPlan | None = None,
    before_bytes: Callable[[], None] = lambda: None,
    explain: Explain = explain_nothing,
) -> DeliveryReport:
    """Upload one release to `index` and return what became of it.

    `plan` is what an earlier look at the index found; without it the index is looked at now. `explain` knows some of
    the index's refusals better. What `before_bytes` raises, before any block of a file leaves, ends the delivery; it
    is called from several threads.
    Setting `stop`, from another thread or a signal handler, breaks off what is being sent; `sleep` may return early
    then. Raises `DeliveryFailed`, which holds the report.
    """
    halt = _StopWatch(stop, sleep, progress, before_bytes)
    index_reader = IndexReader(index=index, authorization=credential.authorization, client=client, sleep=halt.sleep)
    skips = options.skip_existing
    sender = Sender(credential, index_reader, sleep=halt.sleep, skip_existing=skips, log=log, explain=explain)
    outcomes, sight, was_asked = _Outcomes(files, log=log, progress=progress, clock=clock), _NOTHING_SEEN, False
    try:
        plan = plan or plan_uploads(files, index_reader=index_reader, skip_existing=skips, now=clock(), log=log)
        outcomes.enter_skips(plan.rows)
        progress.expect(sum(row.file.distribution.size for row in plan.rows if row.is_upload))
        _send_planned(plan, sender=sender, network=network, parallel=options.parallel, halt=halt, books=outcomes)
        if files and index.check_url is not None and options.wait_until_served:
            # What holds if the wait ends in an error.
            sight, timeout = replace(_NOTHING_SEEN, served=Served.FALSE), options.wait_timeout
            sight = wait_until_served(
                files, index_reader=index_reader, timeout=timeout, clock=clock, sleep=halt.sleep, log=log
            )
            was_asked = True
    except PublishError as error:
        outcomes.enter_obstacle(error)
        raise DeliveryFailed(error, outcomes.report(sight)) from error
    except Exception as error:
        raise DeliveryFailed(describe_bug(error), outcomes.report(sight)) from error  # What is up is up, also then.
    return replace(outcomes.report(sight), was_asked=was_asked)


def report_unsent(files: Sequence[OpenDistribution], *, error: PublishError, plan: UploadPlan | None) -> DeliveryReport:
    """Return the report of a run that `error` ended before anything was sent; `plan` is None where the look failed."""
    rows = error.there if isinstance(error, ReleaseInTheWay) else plan.rows if plan else ()
    there = {row.file.distribution.file: row.there.url for row in rows if row.there}
    names = [file.distribution for file in files]
    return DeliveryReport(
        files=tuple(
            FileReport(distribution=each, outcome=Outcome.ALREADY_THERE, url=there[each.file])
            if each.file in there
            else FileReport(distribution=each, outcome=Outcome.NOT_TRIED)
            for each in names
        ),
        served=Served.UNKNOWN,
    )


def order_uploads(
    files: Sequence[OpenDistribution], *, release_exists: bool
) -> tuple[tuple[OpenDistribution, ...], ...]:
    """Give the files in batches: those of one may go at the same time, when the batch before it is up.

    A release that several requests create at once gets 500 from Warehouse (measured), so the first file of a new
    one goes alone: the smallest wheel, which also proves the credential before large bodies go. Of the other wheels
    the largest starts first. The sdist comes last: while its wheels are not there, installers would build it.
    """
    wheels = sorted((file for file in files if file.distribution.kind is Kind.WHEEL), key=_size, reverse=True)
    sdists = sorted((file for file in files if file.distribution.kind is Kind.SDIST), key=_size)
    first = 0 if release_exists else 1
    ordered = (
        (wheels[len(wheels) - first :], wheels[: len(wheels) - first], sdists)
        if wheels
        else (sdists[:first], sdists[first:])
    )
    return tuple(tuple(batch) for batch in ordered if batch)


def _size(file: OpenDistribution) -> tuple[int, str]:
    return file.distribution.size, file.distribution.file


class _StopWatch:
    """Whether the run was stopped, and what that ends."""

    def __init__(
        self, stop: threading.Event, sleep: Sleep, progress: Progress, before_bytes: Callable[[], None]
    ) -> None:
        self._stop = stop
        self._before_bytes = before_bytes
        self._progress = progress
        self._sleep = sleep
        self._handed_over: set[str] = set()

    def was_handed_over(self, file: str) -> bool:
        """Tell whether a body with the whole file has gone out: then the index may have it."""
        return file in self._handed_over

    def raise_if_stopped(self) -> None:
        if self._stop.is_set():
            raise Stopped(
                "The run was stopped while files were being sent.",
                remedy="Run the job again: what is up already is recognised by its hash and not sent twice.",
            )

    def watch(self, file: str, sent: int, length: int) -> None:
        """Break off an upload that is on its way, or tell how far it is."""
        self._before_bytes()
        if sent >= length:
            self._handed_over.add(file)
        else:
            self.raise_if_stopped()
        self._progress.note(file, sent, length)

    def sleep(self, seconds: float) -> None:
        self.raise_if_stopped()
        self._sleep(seconds)
        self.raise_if_stopped()

    def wait_for(self, threads: Sequence[threading.Thread]) -> None:
        """Wait until the threads have ended; when the run is stopped, no longer than the grace.

        A thread that waits for an answer hears of no stop, and the runner kills us within ten seconds of it.
        """
        polls_left = _GRACE_POLLS
        for thread in threads:
            while thread.is_alive() and polls_left:
                thread.join(_POLL_SECONDS)
                if self._stop.is_set():
                    polls_left -= 1


class _Outcomes:
    """What became of each file; written to by several threads."""

    def __init__(self, files: Sequence[OpenDistribution], *, log: Log, progress: Progress, clock: Clock) -> None:
        self._log = log
        self._progress = progress
        self._clock = clock
        self._began: dict[str, datetime] = {}
        # The keys stay: a thread only replaces a value of its own.
        self._reports = {
            file.distribution.file: FileReport(distribution=file.distribution, outcome=Outcome.NOT_TRIED)
            for file in files
        }

    def begin(self, file: OpenDistribution) -> None:
        """Note that a file is on its way: until more is known, nobody can say that it was not tried."""
        self._began[file.distribution.file] = self._clock()
        self._reports[file.distribution.file] = _reject(file, "The run was stopped before the index had answered.")

    def enter(self, report: FileReport) -> None:
        file = report.distribution.file
        self._reports[file] = report
        self._progress.end(file)
        pace = self._describe_pace(report.distribution) if report.outcome is Outcome.UPLOADED else ""
        self._log.say(f"{file}: {report.outcome}{pace}.")

    def _describe_pace(self, distribution: Distribution) -> str:
        seconds = (self._clock() - self._began[distribution.file]).total_seconds()
        megabytes = distribution.size / 1e6
        return f", {megabytes:.1f} MB in {seconds:.1f} s ({megabytes / max(seconds, 1e-3):.1f} MB/s)"

    def enter_skips(self, rows: Sequence[PlannedFile]) -> None:
        for row in rows:
            if row.there is not None:
                self.enter(
                    FileReport(distribution=row.file.distribution, outcome=Outcome.ALREADY_THERE, url=row.there.url)
                )

    def enter_obstacle(self, error: PublishError) -> None:
        """Of a release that is not sent because of one file, others may be there with our bytes."""
        if isinstance(error, ReleaseInTheWay):
            self.enter_skips(error.there)

    def enter_failure(self, file: OpenDistribution, error: BaseException, *, was_handed_over: bool) -> None:
        """A file was rejected if the index was asked to take it; what failed before that was not tried.

        Of one that was handed over whole and then heard no more of, what `begin` wrote is all that is known.
        """
        if isinstance(error, IndexRefused | CredentialRejected | IndexUnreachable):
            self.enter(_reject(file, error.happened))
        elif not was_handed_over:
            self.enter(FileReport(distribution=file.distribution, outcome=Outcome.NOT_TRIED))

    def report(self, sight: ServedFiles) -> DeliveryReport:
        """Give the reports in the order in which the files were given."""
        return DeliveryReport(
            files=tuple(replace(one, url=sight.urls.get(file, one.url)) for file, one in self._reports.items()),
            served=sight.served,
        )


def _reject(file: OpenDistribution, said: str) -> FileReport:
    return FileReport(distribution=file.distribution, outcome=Outcome.REJECTED, said=shorten(said))


def _send_planned(
    plan: UploadPlan, *, sender: Sender, network: Network, parallel: int, halt: _StopWatch, books: _Outcomes
) -> None:
    """Upload the files that the index does not have, in their order."""
    waiting = [row.file for row in plan.rows if row.is_upload]
    batches = order_uploads(waiting, release_exists=plan.release_exists)
    _send_all(batches, sender=sender, network=network, parallel=parallel, halt=halt, books=books)


def _send_all(
    batches: Sequence[Sequence[OpenDistribution]],
    *,
    sender: Sender,
    network: Network,
    parallel: int,
    halt: _StopWatch,
    books: _Outcomes,
) -> None:
    """Send one batch after the other. Raises the first error, when no request is on its way any more."""
    workers = min(parallel, max(map(len, batches), default=0))
    with ExitStack() as stack:
        uploaders = [
            stack.enter_context(Uploader(sender.index, network=network, watch=halt.watch)) for _ in range(workers)
        ]
        for batch in batches:
            _send_batch(batch, uploaders, sender=sender, halt=halt, books=books)


def _send_batch(
    batch: Sequence[OpenDistribution],
    uploaders: Sequence[Uploader],
    *,
    sender: Sender,
    halt: _StopWatch,
    books: _Outcomes,
) -> None:
    """Send files at the same time. After an error no other is begun; what is on its way is let finish."""
    waiting, errors = deque(batch), list[BaseException]()

    def work(uploader: Uploader) -> None:
        while not errors:
            try:
                file = waiting.popleft()
            except IndexError:
                return
            try:
                halt.raise_if_stopped()
                books.begin(file)
                books.enter(sender.send(file, uploader))
            except BaseException as error:  # noqa: BLE001 -- raised again below, by the thread that waits
                errors.append(error)
                books.enter_failure(file, error, was_handed_over=halt.was_handed_over(file.distribution.file))

    # Daemons: one that still waits for an answer must not keep a stopped process alive.
    threads = [threading.Thread(target=work, args=(uploader,), daemon=True) for uploader in uploaders[: len(batch)]]
    for thread in threads:
        thread.start()
    halt.wait_for(threads)
    if errors:
        raise errors[0]
    if any(thread.is_alive() for thread in threads):
        halt.raise_if_stopped()


def _summarise(report: DeliveryReport) -> str:
    if all(file.outcome is Outcome.NOT_TRIED for file in report.files):
        return "Nothing was sent."
    counts = {outcome: sum(file.outcome is outcome for file in report.files) for outcome in Outcome}
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    return f"Of {len(report.files)} files: {told}. Files that are up stay up; a new run recognises them by their hash."
