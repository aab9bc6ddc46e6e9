"""The catalogue of what goes wrong elsewhere, and the tests that show what a person gets here instead.

It fails when a row has lost its tests: one renamed or removed has to be named anew here.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent

CATALOGUE: dict[str, tuple[str, tuple[str, ...]]] = {
    "F1": (
        "Killed during a checkpoint: the newest committed one is always resumable.",
        (
            "jobs/test_kills.py::test_kills_at_random_moments_lose_nothing",
            "jobs/test_recover.py::test_runs_are_sorted_into_alive_lost_and_waiting",
            "engine/test_checkpoint.py::test_what_a_kill_left_half_done_is_swept",
        ),
    ),
    "F2": (
        "Power lost between write and rename: the old or the new, never a mix.",
        ("base/test_files_crashes.py::test_every_crash_during_a_folder_commit_leaves_the_old_or_the_new",),
    ),
    "F3": (
        "A full disk: the training waits with all in memory, says how much is missing where, and goes on.",
        (
            "tasks/test_room.py::test_a_full_disk_holds_a_training_still_and_the_curve_is_the_same",
            "tasks/test_room.py::test_pausing_without_room_goes_back_to_the_newest_checkpoint_and_says_so",
            "gui/test_runtrouble.py::test_a_full_disk_is_a_card_while_it_lasts",
            "gui/test_jobwatch.py::test_a_job_that_waits_for_room_is_told_once_and_shown_in_the_strip",
            "gui/test_full_disk.py::test_the_window_opens_on_a_full_disk_and_says_what_is_missing",
            "store/test_catalog.py::test_a_full_disk_leaves_nothing_and_is_a_sentence",
        ),
    ),
    "F4": (
        "A damaged checkpoint: put aside, named, and the one before it used.",
        (
            "engine/test_checkpoint.py::test_any_damage_is_found_and_the_one_before_is_used",
            "tasks/test_room.py::test_a_damaged_checkpoint_is_a_finding_that_names_it_and_the_step_instead",
            "gui/test_runtrouble.py::test_a_damaged_checkpoint_is_told_over_the_curve",
        ),
    ),
    "F5": (
        "The graphics card's memory ran out: half the batch, accumulated twice, at one click.",
        (
            "tasks/test_pretrain.py::test_memory_that_runs_out_is_told_with_settings_that_give_the_same",
            "gui/tabs/test_train.py::test_memory_that_ran_out_is_resumed_with_half_the_batch",
        ),
    ),
    "F6": (
        "The machine's memory ran out: the window stays, and says what was held and what there is.",
        (
            "jobs/test_process.py::test_a_silent_end_is_explained",
            "jobs/test_faults.py::test_a_process_that_was_killed_for_memory_says_so_when_that_is_sure",
            "gui/test_runtrouble.py::test_want_of_memory_offers_half_the_batch_with_numbers_whoever_told_it",
        ),
    ),
    "F7": (
        "Numbers that broke: paused, nothing broken kept, back to a sound step at half the rate.",
        (
            "tasks/test_training.py::test_numbers_that_stay_broken_pause_it_and_raise_an_alarm",
            "tasks/test_training.py::test_weights_that_are_not_finite_are_not_saved",
            "tasks/test_room.py::test_a_divergence_before_the_first_checkpoint_can_begin_again_at_half_the_rate",
            "gui/tabs/test_train.py::test_going_back_pauses_and_then_resumes_from_the_checkpoint",
        ),
    ),
    "F8": (
        "Sleep: held off while a job works, survived and told.",
        (
            "jobs/test_awake.py::test_a_job_holds_it_off_and_lets_go_at_its_end",
            "jobs/test_awake.py::test_the_person_may_say_no",
            "tasks/test_room.py::test_a_nap_is_noted_and_the_training_goes_on",
            "tasks/test_clock.py::test_a_step_that_stood_still_is_not_counted",
            "jobs/test_eta.py::test_a_sleeping_laptop_is_not_slow_work",
            "gui/test_jobwatch.py::test_a_card_lost_in_sleep_is_taken_up_again",
        ),
    ),
    "F9": (
        "Two of us on one workspace: the first window comes to the front, or the second may look.",
        (
            "gui/test_summons.py::test_a_second_start_brings_the_window_to_the_front_and_ends",
            "store/test_workspace.py::test_a_second_window_only_reads",
            "base/test_locks.py::test_of_many_starts_at_once_one_wins_and_a_killed_holder_frees_the_lock",
        ),
    ),
    "F10": (
        "Source files that moved or changed: the dataset is its own copy, and a new version is offered.",
        (
            "store/test_origins.py::test_a_file_of_another_content_or_size_has_changed",
            "gui/tabs/test_data.py::test_a_source_that_changed_is_told_and_can_be_imported_as_a_new_version",
            "tasks/test_training.py::test_another_text_under_the_same_name_is_refused",
        ),
    ),
    "F11": (
        "Other encodings: marks taken off, guesses confirmed, nothing replaced in silence.",
        (
            "data/test_decode.py::test_three_hundred_languages_are_read_as_their_names_say_or_asked_about",
            "data/test_decode.py::test_a_wrong_encoding_names_the_byte",
            "data/readers/test_read.py::test_the_mark_of_utf8_does_not_hide_the_first_column",
        ),
    ),
    "F12": (
        "Odd tables: ragged rows, open quotes, giant cells, zero bytes.",
        (
            "data/readers/test_table.py::test_a_ragged_row_says_its_width",
            "data/readers/test_table.py::test_an_unclosed_quote_names_the_line_that_opens_it",
            "data/readers/test_table.py::test_a_giant_cell_is_refused_by_name",
            "data/readers/test_table.py::test_zero_bytes_are_characters_like_others",
        ),
    ),
    "F13": (
        "Too few labels or examples: refused with the reason.",
        (
            "data/test_labelled.py::test_what_is_no_classification_is_refused",
            "data/test_labelled_split.py::test_too_little_is_refused_in_one_sentence",
            "data/test_labelled_checks.py::test_skew_rare_labels_and_contradictions_are_told",
        ),
    ),
    "F14": (
        "Hardly any text: the least that is needed, and what would fit.",
        (
            "config/test_propose.py::test_a_text_too_short_for_the_context_is_told_with_one_that_fits",
            "data/readers/test_read.py::test_empty_files_beside_others_are_passed_over_alone_they_are_told",
        ),
    ),
    "F15": (
        "Huge files and lines: flat memory, cancelled within a second.",
        (
            "tasks/test_import_large.py::test_a_gigabyte_keeps_memory_flat",
            "tasks/test_import_large.py::test_a_gigabyte_is_cancelled_within_a_second",
            "data/readers/test_table.py::test_a_line_without_end_is_not_gathered_forever",
        ),
    ),
    "F16": (
        "Half characters and control characters: replaced with their number, shown as they are.",
        (
            "data/readers/test_jsonrows.py::test_lone_surrogates_are_replaced_and_counted",
            "base/test_files.py::test_text_keeps_its_line_ends_and_loses_half_characters",
            "gui/widgets/test_text.py::test_any_text_can_be_painted",
        ),
    ),
    "F17": (
        "Odd names and paths: plain names on disk, titles for people.",
        (
            "base/test_files.py::test_every_slug_is_a_safe_name",
            "base/test_files.py::test_hostile_paths_are_refused",
            "store/test_catalog.py::test_path_tricks_are_refused_before_any_work",
        ),
    ),
    "F18": (
        "A place that cannot be written: it is told, one may look, and choose another.",
        (
            "store/test_workspace.py::test_a_window_may_look_at_what_nobody_can_write",
            "store/test_workspace.py::test_a_place_that_cannot_be_written_is_a_sentence",
            "gui/test_startdoor.py::test_the_application_goes_on_in_the_folder_that_was_chosen",
        ),
    ),
    "F19": (
        "Another program holds a file (Windows): tried again, then told; never a half copy.",
        (
            "base/test_disk.py::test_a_busy_file_is_tried_again",
            "base/test_disk.py::test_at_last_or_for_other_reasons_the_error_comes_out",
            "base/test_files.py::test_a_file_that_another_program_holds_is_no_place_without_rights",
        ),
    ),
    "F20": (
        "The window crashed: the run goes on, the next window follows it and shows the report.",
        (
            "store/test_crashes.py::test_a_crash_leaves_the_line_it_happened_in",
            "gui/test_aftermath.py::test_the_window_after_one_that_crashed_says_so",
            "jobs/test_process.py::test_a_child_survives_the_death_of_its_window",
            "gui/test_autosave.py::test_the_size_is_kept_without_closing",
        ),
    ),
    "F21": (
        "A client that leaves: its place is free at once.",
        ("tasks/test_serving.py::test_a_cancelled_answer_ends_and_its_place_is_free",),
    ),
    "F22": (
        "Clocks that jump: durations go by the steady one, no figure is negative.",
        (
            "jobs/test_eta.py::test_it_is_never_negative_and_never_fails",
            "gui/test_runwords.py::test_a_clock_that_was_set_back_gives_no_negative_days",
            "base/test_sleeping.py::test_the_time_of_day_says_nothing_about_it",
        ),
    ),
    "F23": (
        "Downloads that break, lie or are damaged: gone on with, or thrown away with a word.",
        (
            "tasks/test_download.py::test_a_broken_connection_goes_on_where_it_stopped",
            "tasks/test_download.py::test_wrong_content_is_thrown_away_and_said",
            "tasks/test_download.py::test_a_server_without_ranges_begins_anew",
        ),
    ),
}


@cache
def functions_in(path: Path) -> frozenset[str]:
    """The names of the test functions in a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_row_is_there() -> None:
    assert list(CATALOGUE) == [f"F{number}" for number in range(1, 24)]


@pytest.mark.parametrize("row", CATALOGUE)
def test_the_functions_in_a_row_exist(row: str) -> None:
    sentence, names = CATALOGUE[row]
    assert sentence.endswith(".")
    missing = []
    for name in names:
        file, _, function = name.partition("::")
        if not (ROOT / file).is_file() or function not in functions_in(ROOT / file):
            missing.append(name)
    assert names
    assert not missing
