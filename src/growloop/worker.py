"""Does the jobs of a project that wait, one after the other:  python -m growloop.worker FOLDER

A process of its own, so that it outlives the server that started it, and so that a crash in native code or a `kill -9`
ends one job and nothing else. It ends when nothing waits any more.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import growloop
from growloop.errors import GrowloopError
from growloop.finetune.environment import share_cores
from growloop.jobs import Jobs
from growloop.records.job import Job, JobResult


def main(folder: Path) -> None:
    """Do what waits."""
    share_cores()
    jobs = Jobs(folder)
    for job in jobs.waiting():
        _say_to(jobs.log_path(job.id))
        _do(folder, jobs, job)


def _do(folder: Path, jobs: Jobs, job: Job) -> None:
    """One job to its end, whatever that is: the next one has its turn all the same."""
    try:
        project = growloop.Project.open(folder)  # anew: the declarations may have changed since the last
        result = _drawn(jobs, job, project)
    except GrowloopError as error:
        print(error, flush=True)
        jobs.fail(job.id, str(error))
    except Exception as error:
        traceback.print_exc()
        jobs.fail(job.id, f"growloop failed: {type(error).__name__}: {error}\nThe traceback is in the log.")
    else:
        print(result.said, flush=True)
        jobs.finish(job.id, result)


def _drawn(jobs: Jobs, job: Job, project: growloop.Project) -> JobResult:
    from rich.console import Console

    from growloop.reporting.progress import drawn

    return drawn(jobs.keep(job.id, growloop.loop.do_job(project, job)), Console(width=200))


def _say_to(log: Path) -> None:
    """Whatever this process prints from now on, libraries in native code among it, is added to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
