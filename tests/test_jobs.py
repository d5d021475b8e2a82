"""Jobs: their states on disk, and a real process that does them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import ValidationError

from growloop import loop
from growloop.errors import BadData, NotFound
from growloop.jobs import Jobs
from growloop.pool import Pool
from growloop.project import Project
from growloop.records.job import JobProgress, JobResult, JobState
from growloop.records.progress import Progress


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path)


def state(jobs: Jobs, id: str) -> JobState:
    return jobs.report(id).state


def wait_for(claim: Callable[[], bool]) -> None:
    """Until it is so; the time allowed is for a machine that is very busy."""
    deadline = time.monotonic() + 60
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def process(code: str) -> Iterator[subprocess.Popen[str]]:
    """Another Python in a session of its own, killed at the end."""
    started = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        yield started
    finally:
        started.kill()
        started.wait()
        assert started.stdout
        started.stdout.close()


def stubborn(folder: Path, *, ignores_term: bool = False) -> str:
    """A worker that is at its first job for ever."""
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if ignores_term else ""
    return (
        f"import signal, time\nfrom pathlib import Path\nfrom growloop.jobs import Jobs\n{ignore}\n"
        f"for job in Jobs(Path({str(folder)!r})).waiting():\n    print(job.id, flush=True)\n    time.sleep(600)\n"
    )


def test_jobs_are_done_in_the_order_in_which_they_were_asked_for(jobs: Jobs) -> None:
    asked = [jobs.add(kind, {}).id for kind in ("train", "freeze", "evaluate", "freeze")]  # type: ignore[arg-type]

    done = []
    for job in jobs.waiting():
        done.append((job.id, state(jobs, job.id)))
        jobs.finish(job.id, JobResult(said="Done."))

    assert done == [(id, "running") for id in asked]
    assert {state(jobs, id) for id in asked} == {"done"}
    assert [report.job.id for report in jobs.newest(2)] == asked[:1:-1]
    assert [report.job.id for report in jobs.newest(9, before=asked[1])] == asked[:1]


def test_options_that_a_kind_does_not_have_are_refused(jobs: Jobs) -> None:
    with pytest.raises(ValidationError, match="n\n"):
        jobs.add("draw", {"where": {"template": "dogs"}})

    assert jobs.newest(5) == []


def test_a_job_that_waits_is_taken_out_of_the_queue_and_put_back(jobs: Jobs) -> None:
    job = jobs.add("freeze", {})

    jobs.cancel(job.id)
    assert state(jobs, job.id) == "cancelled"
    assert list(jobs.waiting()) == []

    jobs.resume(job.id)
    assert state(jobs, job.id) == "waiting"


def test_a_job_that_failed_says_why_and_can_be_tried_again(jobs: Jobs) -> None:
    job = jobs.add("freeze", {})
    for waiting in jobs.waiting():
        jobs.fail(waiting.id, "The pool is empty.")

    assert (state(jobs, job.id), jobs.report(job.id).error) == ("failed", "The pool is empty.")
    with pytest.raises(BadData, match="failed already"):
        jobs.cancel(job.id)
    jobs.resume(job.id)
    assert state(jobs, job.id) == "waiting"


def test_what_is_done_is_not_resumed(jobs: Jobs) -> None:
    for job in [jobs.add("freeze", {})]:
        jobs.finish(job.id, JobResult(said="Done."))

    with pytest.raises(BadData, match="is done"):
        jobs.resume(job.id)


def test_a_job_that_is_not_there_is_not_found_wherever_its_name_leads(jobs: Jobs) -> None:
    jobs.add("freeze", {})

    for id in ("000009-train", "../jobs/000001-freeze", "", "."):
        with pytest.raises(NotFound):
            jobs.report(id)


def test_a_job_whose_process_is_killed_counts_as_stopped_and_can_be_resumed(tmp_path: Path, jobs: Jobs) -> None:
    job = jobs.add("freeze", {})
    with process(stubborn(tmp_path)) as worker:
        assert worker.stdout
        assert worker.stdout.readline().strip() == job.id
        assert state(jobs, job.id) == "running"

        worker.send_signal(signal.SIGKILL)
        worker.wait()

    assert state(jobs, job.id) == "stopped"
    jobs.resume(job.id)
    assert state(jobs, job.id) == "waiting"


@pytest.mark.parametrize("ignores_term", [False, True], ids=["politely", "by force"])
def test_cancelling_ends_the_process(
    tmp_path: Path, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, ignores_term: bool
) -> None:
    monkeypatch.setattr("growloop.jobs.GRACE_SECONDS", 0.2)
    job = jobs.add("freeze", {})
    with process(stubborn(tmp_path, ignores_term=ignores_term)) as worker:
        assert worker.stdout
        worker.stdout.readline()

        jobs.cancel(job.id)

        assert worker.wait() == -(signal.SIGKILL if ignores_term else signal.SIGTERM)
    wait_for(lambda: state(jobs, job.id) == "cancelled")


def test_only_one_process_gets_jobs_at_a_time(tmp_path: Path, jobs: Jobs) -> None:
    jobs.add("freeze", {})
    second = jobs.add("train", {})
    with process(stubborn(tmp_path)) as worker:
        assert worker.stdout
        worker.stdout.readline()

        assert not jobs.wake()
        assert state(jobs, second.id) == "waiting"


def test_progress_is_kept_with_when_its_stage_began(jobs: Jobs) -> None:
    job = jobs.add("train", {})

    def stage() -> Generator[Progress, None, None]:
        yield Progress("read", 1, 1)
        yield Progress("train", 10, 90, "loss 0.3")
        yield Progress("train", 90, 90)

    passed = list(jobs.keep(job.id, stage()))

    kept = jobs.report(job.id).progress
    assert len(passed) == 3
    assert kept
    assert (kept.stage, kept.done, kept.total, kept.began_at, kept.note) == ("train", 90, 90, 10, "loss 0.3")


def test_how_long_it_takes_is_told_once_something_is_done() -> None:
    begun = {"stage": "train", "total": 90, "began": 100.0, "began_at": 10}

    assert JobProgress(done=10, at=140.0, **begun).seconds_left is None
    assert JobProgress(done=50, at=140.0, **begun).seconds_left == 40.0


def test_a_draw_that_was_killed_before_it_could_say_so_does_not_draw_twice(desk: Project) -> None:
    job = loop.jobs(desk).add("draw", {"n": 5})
    stage = loop.do_job(desk, job)
    assert [step.done for step in (next(stage), next(stage))] == [0, 5]
    stage.close()  # the examples are in the pool, and nobody heard of it

    for _ in loop.do_job(desk, job):
        pass

    with Pool.open(desk.pool_url) as pool:
        assert pool.counts() == {"accepted": 5}


def test_a_log_is_read_on_from_where_it_was(jobs: Jobs) -> None:
    job = jobs.add("train", {})
    assert jobs.log(job.id) == ("", 0)
    jobs.log_path(job.id).write_text("one\n")
    said, end = jobs.log(job.id)
    with jobs.log_path(job.id).open("a") as log:
        log.write("two\n")

    assert (said, jobs.log(job.id, end)) == ("one\n", ("two\n", 8))


def test_a_process_of_its_own_does_what_waits_and_says_what_came_of_it(desk: Project) -> None:
    jobs = loop.jobs(desk)
    too_much = jobs.add("draw", {"n": 5, "where": {"template": "no-such"}})
    drawn = jobs.add("draw", {"n": 6})

    assert jobs.wake()
    wait_for(lambda: {state(jobs, job.id) for job in (too_much, drawn)} == {"failed", "done"})

    failed, done = jobs.report(too_much.id), jobs.report(drawn.id)
    assert 'No template is "no-such"' in failed.error
    assert done.result
    assert done.result.said == "6 examples drawn into the pool."
    assert done.progress
    assert (done.progress.done, done.progress.total) == (6, 6)
    assert "draw 6/6" in jobs.log(drawn.id)[0]
    with Pool.open(desk.pool_url) as pool:
        assert pool.counts() == {"accepted": 6}
    assert not jobs.wake()  # nothing waits
