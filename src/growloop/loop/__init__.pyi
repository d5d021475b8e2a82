# The stages in the order a user meets them: read by type checkers and editors, and by `__init__.py` when it runs.

# declare
from .starting import NOT_COPIED as NOT_COPIED, templates as templates, new as new
from .declaring import Checked as Checked, check as check
from .editing import (
    DECLARATIONS as DECLARATIONS,
    Declaration as Declaration,
    declaration as declaration,
    Examined as Examined,
    examine as examine,
    save_declaration as save_declaration,
    Former as Former,
    former_declarations as former_declarations,
    former_declaration as former_declaration,
)

# gather
from .gathering import (
    Drawn as Drawn,
    draw as draw,
    preview_draw as preview_draw,
    draw_to as draw_to,
    universe as universe,
    coverage as coverage,
    examples as examples,
    is_searchable as is_searchable,
    index_examples as index_examples,
)
from .accepting import matching as matching
from .suggesting import SMALLEST as SMALLEST, MOST as MOST, suggest as suggest, as_yaml as as_yaml, accept as accept

# see on a map
from .surveying import map_coordinates as map_coordinates, universe_map as universe_map, map_state as map_state

# look through, edit, accept and reject many at once
from .browsing import (
    filters as filters,
    filters_state as filters_state,
    last_evaluation as last_evaluation,
    Answered as Answered,
    answered_worst as answered_worst,
    standing_verdicts as standing_verdicts,
    ExampleInFull as ExampleInFull,
    example_in_full as example_in_full,
    edit as edit,
    Decided as Decided,
    decide as decide,
)

# have drafts answered
from .drafting import (
    teacher as teacher,
    Teaching as Teaching,
    teaching as teaching,
    teach as teach,
    paraphrase as paraphrase,
)

# bring
from .importing import (
    EXCERPT as EXCERPT,
    open_import as open_import,
    import_examples as import_examples,
    import_plans as import_plans,
    ImportedContexts as ImportedContexts,
    documents_among as documents_among,
    import_contexts as import_contexts,
    import_choices as import_choices,
    preview_file as preview_file,
    import_file as import_file,
)

# lint
from .linting import Linted as Linted, lint as lint

# freeze
from .freezing import (
    freeze as freeze,
    VersionUse as VersionUse,
    versions as versions,
    VersionDifference as VersionDifference,
    diff as diff,
    restore as restore,
)
from .exporting import export as export

# measure
from .measuring import BASELINE_QUESTIONS as BASELINE_QUESTIONS, baseline as baseline, evaluate as evaluate
from .asked import evaluated_examples as evaluated_examples, read_examples as read_examples
from .weighing import (
    budgets as budgets,
    slices as slices,
    failures as failures,
    worst as worst,
    grades as grades,
    gate as gate,
)

# see what fails
from .diagnosing import diagnosis as diagnosis

# trust the metrics
from .proving import known_metrics as known_metrics, check_metrics as check_metrics
from .agreeing import agreement as agreement
from .judging import train_judge as train_judge, judge_card as judge_card, judge_answers as judge_answers

# fine-tune
from .training import train as train, latest_model as latest_model, standing_models as standing_models

# find wrong labels
from .auditing import (
    Audited as Audited,
    audit as audit,
    enqueue as enqueue,
    queue as queue,
    judge as judge,
    take_off as take_off,
)

# compare
from .comparing import compare as compare, comparisons as comparisons, changed_answers as changed_answers

# recommend
from .subsampling import SHARES as SHARES, curves as curves
from .recommending import recommend as recommend, evidence as evidence
from .following import follow as follow, all_taken as all_taken

# report
from .reporting import build_report as build_report, report as report, history as history

# go round
from .iterating import (
    DRAWN_AT_FIRST as DRAWN_AT_FIRST,
    next_iteration as next_iteration,
    status as status,
    status_state as status_state,
    score as score,
)
from .running import run_until_good as run_until_good
from .reproducing import reproduce as reproduce

# in a process of its own
from .working import jobs as jobs, do_job as do_job

# ask and correct
from .correcting import (
    index as index,
    ask as ask,
    side_of as side_of,
    sides as sides,
    correct as correct,
    undo as undo,
    verdicts as verdicts,
)

# save it for those like it
from .alike import Alike as Alike, like as like, repeat as repeat, undo_repeats as undo_repeats

# share the page
from .sharing import (
    people as people,
    speaker as speaker,
    leases as leases,
    people_agreement as people_agreement,
    disagreements as disagreements,
    settle as settle,
)
from .reviewing import SharedQueue as SharedQueue, Review as Review, review as review, review_state as review_state
