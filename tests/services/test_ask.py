"""Questions over a library: what is kept, what is asked anew, what has to be made first, and what cannot be asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from podcli import settings
from podcli.domain import Answer, AnswerId, Episode, Job, Segment, TranscriptLink
from podcli.errors import ModelError, PodcliError, UsageError
from podcli.pipeline import asking
from podcli.services import Services, open_services
from podcli.store.passages import Scope
from tests.pipeline.asked import Knows
from tests.pipeline.readings import context, put_episode, put_transcript
from tests.pipeline.talks import SHIPPING, talk
from tests.toy_models import install_writer

MODEL = "smollm2-135m"
WHEN = "How long was the Suez Canal blocked?"
CANAL = {"Suez Canal for six days": "The Suez Canal was blocked for six days."}


@pytest.fixture
def services(home: object) -> Iterator[Services]:
    install_writer(MODEL)
    settings.set_value("models.write", MODEL)
    with open_services() as opened:
        yield opened


@pytest.fixture
def episode(services: Services) -> Episode:
    return transcribed(services, "One")


def transcribed(services: Services, title: str) -> Episode:
    episode = put_episode(services.store, title)
    put_transcript(services.store, episode, [Segment(s.start_s, s.end_s, s.text) for s in talk(*SHIPPING)])
    return episode


def work(services: Services, job: Answer | Job, writer: Knows | None = None) -> Answer:
    """Do what waits as the worker does it."""
    assert isinstance(job, Job), "it was kept"
    services.store.jobs.claim(job.lane)
    services.store.jobs.finish(job.id, asking.ask(job, context(services.store, job, writer or Knows(CANAL))))
    answer = services.ask.answer_of(services.jobs.get(job.id))
    assert answer is not None
    return answer


def test_a_question_is_a_job_and_then_an_answer_that_is_kept(services: Services, episode: Episode) -> None:
    job = services.ask.ask(WHEN, Scope(episode_id=episode.id))
    assert isinstance(job, Job) and (job.kind, job.lane, job.episode_id, job.title) == ("ask", "ml", episode.id, WHEN)
    begun = services.ask.answer_of(job)
    assert begun is not None and not begun.complete and begun.sentences == ()
    answer = work(services, job)
    assert answer.answered and answer.model == MODEL and answer.scope == "“One”"
    assert services.ask.ask(WHEN, Scope(episode_id=episode.id)) == answer
    assert services.ask.ask("  how long was the   suez canal blocked ", Scope(episode_id=episode.id)) == answer
    assert services.ask.answer(answer.id) == answer


def test_two_who_ask_the_same_share_one_job(services: Services, episode: Episode) -> None:
    assert services.ask.ask(WHEN) == services.ask.ask(WHEN)


def test_a_new_transcript_asks_anew_and_an_old_scope_does_not(services: Services, episode: Episode) -> None:
    one = work(services, services.ask.ask(WHEN, Scope(episode_id=episode.id)))
    work(services, services.ask.ask(WHEN))
    transcribed(services, "Another")
    assert isinstance(services.ask.ask(WHEN), Job)
    assert services.ask.ask(WHEN, Scope(episode_id=episode.id)) == one


def test_a_transcript_made_anew_asks_anew(services: Services, episode: Episode) -> None:
    work(services, services.ask.ask(WHEN))
    old = services.store.insights.find(episode.id)
    assert old is not None
    services.store.insights.discard(old.id)
    put_transcript(services.store, episode, [Segment(0.0, 4.0, "The Suez Canal was blocked for seven days.")])
    made = services.store.insights.find(episode.id)
    assert made is not None and made.id == old.id, "SQLite gives the number again"
    services.store._db.execute("update transcript set finished_at = '2031-01-01T00:00:00+00:00'")
    assert isinstance(services.ask.ask(WHEN), Job)


def test_asked_again_it_is_found_anew_under_the_same_number(services: Services, episode: Episode) -> None:
    first = work(services, services.ask.ask(WHEN))
    job = services.ask.ask(WHEN, again=True)
    begun = services.ask.answer(first.id)
    assert begun is not None and not begun.complete and begun.sentences == ()
    second = work(services, job, Knows({}))
    assert second.id == first.id and not second.answered


def test_another_model_gives_another_answer(services: Services, episode: Episode) -> None:
    install_writer("qwen2.5-coder-0.5b")
    first = work(services, services.ask.ask(WHEN))
    second = work(services, services.ask.ask(WHEN, model="qwen2.5-coder-0.5b"), Knows({}))
    assert second.id != first.id and services.ask.ask(WHEN) == first


def test_a_follow_up_is_asked_of_the_same_episodes(services: Services, episode: Episode) -> None:
    transcribed(services, "Another")
    first = work(services, services.ask.ask(WHEN, Scope(episode_id=episode.id)))
    job = services.ask.ask("And who did it?", follows=first.id)
    assert isinstance(job, Job) and job.episode_id == episode.id
    second = work(services, job, Knows({}))
    assert second.follows == first.id and second.scope == first.scope and second.transcripts == 1
    assert services.ask.ask("And who did it?", follows=first.id) == second
    alone = services.ask.ask("And who did it?", Scope(episode_id=episode.id))
    assert isinstance(alone, Job), "it does not mean the same alone"
    with pytest.raises(UsageError, match="no answer 999"):
        services.ask.ask("And who?", follows=AnswerId(999))


def test_history_is_newest_first_and_of_one_scope_when_one_is_given(services: Services, episode: Episode) -> None:
    other = transcribed(services, "Another")
    scopes = [Scope(episode_id=episode.id), Scope(episode_id=other.id), Scope()]
    made = [work(services, services.ask.ask(f"{WHEN} {n}", scope), Knows({})) for n, scope in enumerate(scopes)]
    assert isinstance(services.ask.ask("Is this one still open?"), Job)
    assert services.ask.history() == made[::-1]
    assert services.ask.history(limit=1) == [made[2]]
    assert services.ask.history(Scope(episode_id=other.id)) == [made[1]]
    assert services.ask.scope(made[1].id) == Scope(episode_id=other.id)


def test_an_answer_whose_source_is_gone_is_not_shown_any_more(services: Services, episode: Episode) -> None:
    answer = work(services, services.ask.ask(WHEN))
    services.store._db.execute("delete from episode where id = ?", [episode.id])
    assert services.ask.history() == []
    assert services.ask.answer(answer.id) is not None


def test_an_episode_without_a_transcript_gets_one_first(services: Services) -> None:
    episode = put_episode(services.store, "New")
    link = TranscriptLink("https://cdn.example.org/new.vtt", "text/vtt")
    services.store._db.execute(
        "insert into transcript_link (episode_id, url, type) values (?, ?, ?)", [episode.id, link.url, link.type]
    )
    job = services.ask.ask(WHEN, Scope(episode_id=episode.id))
    assert isinstance(job, Job) and job.after is not None
    before = services.jobs.get(job.after)
    assert before.kind == "transcribe" and before.episode_id == episode.id
    put_transcript(services.store, episode, [Segment(s.start_s, s.end_s, s.text) for s in talk(*SHIPPING)])
    assert work(services, job).answered
    assert isinstance(services.ask.ask(WHEN, Scope(episode_id=episode.id)), Answer)


def test_where_nothing_was_transcribed_one_is_told_so(services: Services) -> None:
    with pytest.raises(PodcliError, match="No episode has a transcript") as problem:
        services.ask.ask(WHEN)
    assert "podcli transcript" in problem.value.hint
    episode = put_episode(services.store)
    with pytest.raises(PodcliError, match="None of these episodes"):
        services.ask.ask(WHEN, Scope(show_id=episode.show_id))


@pytest.mark.parametrize("question", ["", "  ", "?!", "\x1b[31m", "why " * 200])
def test_what_is_no_question_is_refused_before_anything_is_done(services: Services, episode: Episode, question: str) -> None:
    with pytest.raises(UsageError):
        services.ask.ask(question)
    assert services.store.jobs.active() == [] and services.ask.history() == []


def test_without_its_model_one_is_told_how_to_get_it_but_what_is_kept_is_still_there(
    services: Services, episode: Episode
) -> None:
    settings.set_value("models.write", "qwen2.5-coder-0.5b")
    with open_services() as without:
        with pytest.raises(ModelError) as problem:
            without.ask.ask(WHEN)
        assert "podcli models pull qwen2.5-coder-0.5b" in problem.value.hint
        assert without.ask.history() == []
    kept = work(services, services.ask.ask(WHEN))
    with open_services() as without:
        assert without.ask.ask(WHEN, model=MODEL) == kept


def test_scopes_are_told_in_words(services: Services, episode: Episode) -> None:
    transcribed(services, "Another")
    since = datetime(2026, 3, 1, tzinfo=UTC)
    services.store._db.execute("update episode set published_at = '2026-04-01T00:00:00+00:00'")

    def words(scope: Scope) -> str:
        begun = services.ask.answer_of(services.ask.ask(WHEN, scope))  # type: ignore[arg-type]
        assert begun is not None
        return begun.scope

    assert words(Scope()) == "all episodes"
    assert words(Scope(show_id=episode.show_id, since=since)) == "all episodes of A since 2026-03-01"
    assert words(Scope(speaker="Nora\x1b[31m")) == "all episodes, said by Nora"
    assert words(Scope(episode_id=episode.id)) == "“One”"
