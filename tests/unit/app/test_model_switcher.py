"""Switching models and downloading them, without a screen."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from tui.app.screens.models.downloads import ModelDownloads
from tui.app.screens.models.switcher import ModelSwitcher
from tui.app.workers.index_controller import IndexController
from tui.app.workers.model_download import PullAsked, PullEnded
from tui.app.workers.model_loading import EstimateMade, ModelCaughtUp, ModelFailed, ModelOpened
from tui.app.workers.services import Services
from tui.app.workers.tasks import BackgroundTasks, WorkerFailed
from tui.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from tui.app.workers.model_download import ModelDownload
    from tui.search.engine import SearchEngine

PATIENCE = 10.0


class FakeEngine:
    """An engine that only has a model and can be closed."""

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


class RecordingTasks(BackgroundTasks):
    """Keeps jobs and messages instead of running and posting them."""

    def __init__(self) -> None:
        self.jobs: list[str] = []
        self.messages: list[Message] = []
        super().__init__(self.messages.append)

    def start(self, part: Any, job: Callable[[], object]) -> threading.Thread:
        self.jobs.append(part)
        return threading.Thread()


@dataclass
class Fixture:
    """A switcher with everything that it reports.

    Attributes:
        lines: the texts in the status row.
        used: the models that were used for the queries.
        notices: the sentences that the user saw.
        states: what the status row showed of a download; empty for none.
        stored: the downloads that the next start resumes.
        downloads: the downloads that the list of models showed.
    """

    tmp_path: Path
    lines: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    downloads: list[str | None] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    stored: list[tuple[str, bool]] = field(default_factory=list)
    is_listed: bool = False

    def __post_init__(self) -> None:
        self.settings = Settings(self.tmp_path, model="starter")
        self.tasks = RecordingTasks()
        self.services = Services(
            open_engine=lambda _: cast("Any", None),
            open_reader=lambda _: cast("Any", None),
            open_text=lambda _: cast("Any", None),
            model_name=lambda settings: f"Model: {settings.model}",
            index_command=lambda *_: [sys.executable, "-c", ""],
            read_words=lambda _: cast("Any", None),
            pull_command=lambda *_: [sys.executable, "-c", ""],
        )
        self.indexing = IndexController(
            self.settings, self.services, self.tasks, show=lambda _: None, notify=self.notify
        )
        self.switcher = ModelSwitcher(
            self.settings,
            self.services,
            self.tasks,
            indexing=self.indexing,
            show=lambda state: self.lines.append(state.text),
            use=self.use,
            notify=self.notify,
        )
        self.switcher.library_opened(self.settings, self.engine("starter-id"))

    def engine(self, model_id: str) -> SearchEngine:
        return cast("SearchEngine", FakeEngine(model_id))

    def use(self, settings: Settings, engine: SearchEngine) -> None:
        self.used.append(f"{settings.model} {engine.model_id}")

    def notify(self, sentence: str, **_: Any) -> None:
        self.notices.append(sentence)

    def show_download(self, download: ModelDownload | None) -> bool:
        self.downloads.append(None if download is None else download.name)
        return self.is_listed

    def opened(
        self, choice: int, *, caught_up: bool = True, roots: tuple[Path, ...] = ()
    ) -> ModelOpened:
        settings = Settings(self.tmp_path, model="clip")
        return ModelOpened(settings, self.engine("clip-id"), caught_up, roots, choice)


@pytest.fixture
def fixture(tmp_path: Path) -> Fixture:
    return Fixture(tmp_path)


def test_a_model_that_has_embedded_everything_answers_at_once(fixture: Fixture) -> None:
    fixture.switcher.choose("clip")
    assert fixture.lines == ["opening clip…"]
    fixture.switcher.on_model_opened(fixture.opened(1))
    assert fixture.used == ["clip clip-id"]
    assert fixture.lines[-1] == "Model: clip"
    assert fixture.switcher.settings.model == "clip"


def test_a_model_answers_once_an_indexing_run_has_embedded_the_pictures(fixture: Fixture) -> None:
    folder = fixture.tmp_path / "pictures"
    fixture.switcher.choose("clip")
    fixture.switcher.on_model_opened(fixture.opened(1, caught_up=False, roots=(folder,)))
    assert fixture.indexing.folder == folder
    assert fixture.lines[-1] == "Model: starter · indexing with clip"
    assert not fixture.used
    fixture.switcher.library_changed()
    assert fixture.tasks.jobs[-1] == "model"
    fixture.switcher.on_model_caught_up(ModelCaughtUp(1))
    assert fixture.used == ["clip clip-id"]


def test_a_choice_that_is_not_the_newest_is_dropped_and_its_engine_closed(
    fixture: Fixture,
) -> None:
    fixture.switcher.choose("clip")
    fixture.switcher.choose("openai")
    outdated = fixture.opened(1)
    fixture.switcher.on_model_opened(outdated)
    assert cast("FakeEngine", outdated.engine).closed.wait(PATIENCE)
    fixture.switcher.on_model_caught_up(ModelCaughtUp(1))
    fixture.switcher.on_model_failed(ModelFailed(1, "No such model."))
    assert not fixture.used
    assert not fixture.notices
    assert fixture.lines[-1] == "opening openai…"


@pytest.mark.parametrize("is_away", [False, True])
def test_the_model_in_use_stays_if_the_next_can_not_be_opened(
    fixture: Fixture, is_away: bool
) -> None:
    fixture.switcher.choose("clip")
    fixture.switcher.on_model_failed(ModelFailed(1, "No such model.", away=is_away))
    assert fixture.lines[-1] == "Model: starter"
    failures = [message for message in fixture.tasks.messages if isinstance(message, WorkerFailed)]
    assert [failure.sentence for failure in failures] == ["No such model."] * is_away
    assert fixture.notices == ["No such model."] * (not is_away)


def test_an_empty_choice_keeps_the_model_and_cancels_the_next(fixture: Fixture) -> None:
    folder = fixture.tmp_path / "pictures"
    fixture.switcher.choose("clip")
    waiting = fixture.opened(1, caught_up=False, roots=(folder,))
    fixture.switcher.on_model_opened(waiting)
    fixture.switcher.choose("")
    assert fixture.switcher.next_model is None
    assert cast("FakeEngine", waiting.engine).closed.wait(PATIENCE)
    assert fixture.lines[-1] == "Model: starter"


@pytest.fixture
def downloads(fixture: Fixture) -> ModelDownloads:
    return ModelDownloads(
        fixture.services,
        fixture.tasks,
        switcher=fixture.switcher,
        notify=fixture.notify,
        show=lambda state: fixture.states.append("" if state is None else state.text),
        list_download=fixture.show_download,
        store=lambda name, use: fixture.stored.append((name, use)),
    )


def test_one_model_is_downloaded_at_a_time(fixture: Fixture, downloads: ModelDownloads) -> None:
    downloads.on_pull_asked(PullAsked("clip"))
    downloads.on_pull_asked(PullAsked("openai"))
    assert fixture.downloads == ["clip"]
    assert fixture.notices == ["Another download is running."]
    assert fixture.tasks.jobs == ["model"]


@pytest.mark.parametrize("chosen_meanwhile", [False, True])
def test_a_downloaded_model_is_used_unless_another_was_chosen_meanwhile(
    fixture: Fixture, downloads: ModelDownloads, chosen_meanwhile: bool
) -> None:
    downloads.on_pull_asked(PullAsked("clip", take=True))
    if chosen_meanwhile:
        fixture.switcher.choose("openai")
    downloads.on_pull_ended(PullEnded("clip", "done"))
    assert downloads.download is None
    assert fixture.lines[-1:] == ["opening openai…" if chosen_meanwhile else "opening clip…"]
    assert ("will be used" in str(fixture.notices)) == (not chosen_meanwhile)
    assert downloads.offered == ("clip" if chosen_meanwhile else "")
    assert fixture.states[-1] == ("clip is ready" if chosen_meanwhile else "")


@pytest.mark.parametrize("is_listed", [False, True])
def test_the_list_of_models_reports_a_failed_download_itself(
    fixture: Fixture, downloads: ModelDownloads, is_listed: bool
) -> None:
    fixture.is_listed = is_listed
    downloads.on_pull_asked(PullAsked("clip", take=True))
    downloads.on_pull_ended(PullEnded("clip", "failed", "The hub is down."))
    assert downloads.problems == {"clip": "The hub is down."}
    assert fixture.notices == ["The hub is down."] * (not is_listed)
    assert fixture.switcher.choice == 0
    downloads.on_pull_asked(PullAsked("clip"))
    assert downloads.problems == {}
    assert fixture.states[-1] == "clip starting…"


def test_the_end_of_the_app_leaves_a_download_to_the_next_start(
    fixture: Fixture, downloads: ModelDownloads
) -> None:
    downloads.on_pull_asked(PullAsked("clip", take=True))
    downloads.stop()
    downloads.on_pull_ended(PullEnded("clip", "stopped"))
    assert fixture.stored == [("clip", True)]
    assert not fixture.notices


def test_a_paused_download_is_not_resumed_at_the_next_start(
    fixture: Fixture, downloads: ModelDownloads
) -> None:
    downloads.on_pull_asked(PullAsked("clip"))
    assert fixture.stored == [("clip", False)]
    downloads.on_pull_ended(PullEnded("clip", "stopped"))
    assert fixture.stored[-1] == ("", False)
    assert fixture.notices == ["Download paused. It will resume where it left off."]


def test_an_offer_says_what_the_switch_takes(fixture: Fixture, downloads: ModelDownloads) -> None:
    downloads.on_pull_asked(PullAsked("clip"))
    downloads.on_pull_ended(PullEnded("clip", "done"))
    downloads.on_estimate_made(EstimateMade("clip", "723 pictures, about 60 s"))
    assert fixture.states[-1] == "clip is ready (723 pictures, about 60 s)"
    assert fixture.notices == ["clip is ready. Press F9 to switch (723 pictures, about 60 s)."]
    downloads.use_offered()
    assert fixture.lines[-1] == "opening clip…"
    assert fixture.states[-1] == downloads.offered == ""
    downloads.on_estimate_made(EstimateMade("clip", "late"))
    downloads.use_offered()
    assert fixture.states[-1] == ""
    assert fixture.switcher.choice == 1
