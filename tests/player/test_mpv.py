"""libmpv on what strangers serve: every failure in one plain sentence, and nothing opened but the episode itself."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import mpv
import pytest

from podcli.domain import EpisodeId, PlayerState
from podcli.errors import PodcliError
from podcli.player import failures, options
from podcli.player.mpv import MpvPlayer
from tests.loopback import Site
from tests.player.tones import tone, until

DEMO = Path(__file__).parents[2] / "podcli" / "demo"


@pytest.fixture(autouse=True)
def no_sound_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_AO", "null")


@pytest.fixture
def player() -> Iterator[MpvPlayer]:
    made = MpvPlayer()
    yield made
    made.close()


def load(player: MpvPlayer, source: str | Path, start_s: float = 0.0) -> None:
    player.load(str(source), episode_id=EpisodeId(1), title="T", start_s=start_s)


def problem(player: MpvPlayer, source: str | Path) -> str:
    """What the player says about `source`, which must not play."""
    load(player, source)
    until(lambda: player.state.problem, f"{source} was not refused: {player.state}")
    assert player.state.notice == ""
    assert len(player.state.problem) <= 400
    return player.state.problem


def test_it_streams_over_http_and_resumes_by_range(player: MpvPlayer, site: Site, tmp_path: Path) -> None:
    url = site.put("/talk.wav", tone(tmp_path / "talk.wav", 1200).read_bytes(), type="audio/wav")
    load(player, url, 900.0)
    assert player.state.notice == "Connecting…"
    until(lambda: player.state.position_s > 900.5)
    assert player.state.notice == ""
    assert player.state.duration_s == pytest.approx(1200, abs=0.1)
    assert any(asked for _, asked in site.asked if asked not in ("", "bytes=0-")), site.asked


def test_a_stream_that_breaks_off_is_taken_up_again(player: MpvPlayer, site: Site, tmp_path: Path) -> None:
    body = tone(tmp_path / "talk.wav", 60).read_bytes()
    url = site.put("/talk.wav", body, type="audio/wav", break_off=200_000)
    load(player, url, 5.0)
    until(lambda: player.state.position_s > 5.3)
    player.seek(40.0)
    until(lambda: player.state.position_s > 40.3)
    assert player.state.problem == ""


def test_a_stream_that_stays_broken_is_no_end(player: MpvPlayer, site: Site, tmp_path: Path) -> None:
    body = tone(tmp_path / "talk.wav", 60).read_bytes()
    url = site.put("/talk.wav", body[:80_000], headers={"Content-Length": str(len(body))}, ranges=False)
    player.set_speed(4)
    load(player, url)
    until(lambda: player.state.problem)
    assert "broke off at 0:0" in player.state.problem
    assert not player.state.ended
    player.seek(1.0)
    time.sleep(0.5)
    assert not player.state.ended


def test_a_server_without_ranges_does_not_send_the_listener_back_to_the_start(
    player: MpvPlayer, site: Site, tmp_path: Path
) -> None:
    url = site.put("/talk.wav", tone(tmp_path / "talk.wav", 300).read_bytes(), ranges=False)
    load(player, url, 200.0)
    until(lambda: player.state.problem)
    assert "only plays from the beginning" in player.state.problem
    assert "3:20" in player.state.problem
    assert player.state.position_s == 200.0
    site.pages["/talk.wav"].pause_s = 0.2
    load(player, url)
    until(lambda: player.state.position_s > 0.3)
    assert player.state.notice == ""
    player.seek(290.0)
    until(lambda: player.state.notice == failures.NO_SEEKING)
    until(lambda: player.state.position_s < 20)


def test_what_is_loaded_right_after_a_failure_plays(
    player: MpvPlayer, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libmpv may carry out what was queued after what was asked for later."""
    queued = mpv.MPV.command_async

    def late(*command: object) -> None:
        threading.Timer(0.3, queued, command).start()

    monkeypatch.setattr(mpv.MPV, "command_async", late)
    url = site.put("/talk.wav", tone(tmp_path / "talk.wav", 300).read_bytes(), ranges=False)
    load(player, url, 200.0)
    until(lambda: player.state.problem)
    load(player, tone(tmp_path / "other.wav", 30))
    until(lambda: player.state.position_s > 1.0)
    assert player.state.problem == ""


def test_a_real_mp3_plays(player: MpvPlayer) -> None:
    load(player, DEMO / "trailer.mp3")
    until(lambda: player.state.position_s > 0.3)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><body>Not found</body></html>" * 50, "web page"),
        (b"", "empty"),
        (bytes(range(256)) * 40, "audio podcli can play"),
    ],
)
def test_files_that_are_no_audio(player: MpvPlayer, tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "episode.mp3"
    file.write_bytes(content)
    assert words in problem(player, file)


@pytest.mark.parametrize(
    "content",
    [
        "#EXTM3U\n{secret}\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{secret}\n#EXT-X-ENDLIST\n",
        "# mpv EDL v0\n{secret}\n",
        "ffconcat version 1.0\nfile {name}\n",
        "[playlist]\nFile1={secret}\nNumberOfEntries=1\n",
        'FILE "{name}" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n',
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    ],
    ids=["m3u", "hls", "edl", "ffconcat", "pls", "cue", "sdp"],
)
def test_an_episode_cannot_name_other_files(player: MpvPlayer, tmp_path: Path, content: str) -> None:
    secret = tone(tmp_path / "secret.wav", 5)
    file = tmp_path / "episode.mp3"
    file.write_text(content.format(secret=secret, name=secret.name))
    assert "audio podcli can play" in problem(player, file)
    assert player.state.position_s == 0


def test_a_served_playlist_leads_nowhere(player: MpvPlayer, site: Site, tmp_path: Path) -> None:
    site.put("/inner.wav", tone(tmp_path / "x.wav", 2).read_bytes())
    url = site.put("/episode.mp3", f"#EXTM3U\n{site.base}/inner.wav\n", type="audio/x-mpegurl")
    problem(player, url)
    assert {path for path, _ in site.asked} == {"/episode.mp3"}


@pytest.mark.parametrize(
    "source", ["edl://x.wav", "concat:a|b", "memory://x", "lavf://x", "ytdl://x", "-", "fd://0", "/dev/zero", "/"]
)
def test_only_files_and_web_addresses_are_opened(player: MpvPlayer, source: str) -> None:
    assert "file" in problem(player, source)


def test_names_that_look_like_something_else_are_just_names(player: MpvPlayer, tmp_path: Path) -> None:
    for name in ("%20{x}.wav", "-pause.wav", "a,start=9.wav", "naïve “quotes”.wav"):
        load(player, tone(tmp_path / name, 3))
        until(lambda: player.state.position_s > 0.1, name)


def test_servers_that_refuse(player: MpvPlayer, site: Site) -> None:
    site.put("/gone.mp3", b"", status=410, ranges=False)
    site.put("/private.mp3", b"", status=403, ranges=False)
    site.put("/broken.mp3", b"", status=500, ranges=False)
    assert "404" in problem(player, site.base + "/none.mp3")
    assert "410" in problem(player, site.base + "/gone.mp3")
    assert "403" in problem(player, site.base + "/private.mp3")
    assert "500" in problem(player, site.base + "/broken.mp3")


def test_a_web_page_behind_the_address(player: MpvPlayer, site: Site) -> None:
    assert "127.0.0.1" in problem(player, site.put("/episode.mp3", "<html>Sign in</html>" * 100, type="text/html"))


def test_hosts_that_are_not_there(player: MpvPlayer) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert "refused" in problem(player, f"http://127.0.0.1:{unused.getsockname()[1]}/x.mp3")
    assert "cannot be found" in problem(player, "http://podcli-no-such-host.invalid/x.mp3")


def test_a_certificate_nobody_vouches_for(player: MpvPlayer, site: Site, tmp_path: Path) -> None:
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    import trustme

    class Quiet(HTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            return

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    server = Quiet(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        assert "secure connection" in problem(player, f"https://localhost:{server.server_address[1]}/x.mp3")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_after_a_failure_the_next_episode_plays(player: MpvPlayer, tmp_path: Path) -> None:
    problem(player, tmp_path / "none.wav")
    (tmp_path / "bad.wav").write_bytes(b"x" * 5000)
    problem(player, tmp_path / "bad.wav")
    load(player, tone(tmp_path / "good.wav", 5))
    until(lambda: player.state.position_s > 0.2)
    assert player.state.problem == ""


def test_without_a_sound_device_it_says_so_and_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODCLI_AO")
    monkeypatch.setattr(options, "has_sound", lambda: False)
    told: list[PlayerState] = []
    player = MpvPlayer(told.append)
    try:
        load(player, tone(tmp_path / "tone.wav", 5))
        until(lambda: player.state.position_s > 0.3)
        assert player.state.notice == failures.NO_SOUND
        assert player.state.problem == ""
    finally:
        player.close()


def test_a_sound_device_that_fails_is_no_end_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_AO", "pcm")
    player = MpvPlayer()
    try:
        player._mpv["ao-pcm-file"] = "/proc/no/such/folder/x.wav"  # an output that cannot be opened
        load(player, tone(tmp_path / "tone.wav", 5))
        until(lambda: player.state.position_s > 0.3)
        assert player.state.notice == failures.NO_SOUND
    finally:
        player.close()


def test_a_machine_without_libmpv_is_told_what_to_install(tmp_path: Path) -> None:
    code = (
        "import ctypes.util\nctypes.util.find_library = lambda name: None\n"
        "from podcli.errors import PodcliError\nfrom podcli.player.mpv import MpvPlayer\n"
        "try:\n    MpvPlayer()\nexcept PodcliError as error:\n    print(error.message, error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "libmpv" in done.stdout
    assert "install" in done.stdout
    assert "--silent" in done.stdout


def test_importing_the_module_loads_no_libmpv() -> None:
    code = "import sys, podcli.player.mpv, podcli.services.playback\nassert 'mpv' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_no_thread_or_file_is_left_behind(tmp_path: Path) -> None:
    import threading

    before = threading.active_count()
    for _ in range(3):
        player = MpvPlayer()
        load(player, tone(tmp_path / "tone.wav", 5))
        until(lambda player=player: player.state.position_s > 0.1)  # type: ignore[misc]
        player.close()
    # Fewer is well too: a thread of an earlier test may have ended meanwhile.
    until(lambda: threading.active_count() <= before)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ffmpeg: https: HTTP error 404 Not Found", "404 (Not Found)"),
        ("ffmpeg: http: HTTP error 599 Odd", "599 (an error)"),
        ("ffmpeg: tcp: Connection attempt to 1.2.3.4 port 80 failed: Connection timed out", "in time"),
        ("ffmpeg: tls: The certificate is not trusted", "secure connection"),
    ],
)
def test_reasons_in_words(line: str, words: str) -> None:
    assert words in failures.explain(-13, [line], "https://a.example/x.mp3")


def test_hostile_names_do_not_reach_the_terminal() -> None:
    said = failures.explain(failures.UNKNOWN_FORMAT, [], "/tmp/\x1b]52;c;aGk=\x07evil\u202e.mp3")
    assert said.isprintable()
    assert failures.explain(failures.NOTHING_TO_PLAY, [], "/tmp/pictures.mkv").startswith("pictures.mkv has no audio")
    assert isinstance(failures.no_libmpv(OSError("x")), PodcliError)
