"""How libmpv is set up: sound only, nobody's configuration, and no way from an episode to other files or addresses."""

from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path

from podcli import __version__

_TIMEOUT_S = 20

# Containers that hold one recording. Formats that name other files or addresses (hls, dash, concat, sdp…) stay out.
_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,caf,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,mp3,mpc,mpc8,mpeg,mpegts,ogg,tta,w64,wav,wv"
)
_PROTOCOLS = "http,https,httpproxy,tls,tcp"


def options() -> dict[str, object]:
    """libmpv's options by name (mpv manual, section Options), underscores for hyphens; all exist since 0.34."""
    return {
        # Nothing of the listener's own mpv, no window, no keys, no scripts.
        **dict(config=False, terminal=False, input_default_bindings=False, osc=False, ytdl=False, load_scripts=False,
               load_stats_overlay=False, idle=True, audio_client_name="podcli"),
        # One sound track and nothing beside it.
        **dict(video=False, sid="no", cover_art_auto="no", audio_file_auto="no", sub_auto="no", autoload_files=False),
        # At the end the episode stays open, so that going back is instant.
        **dict(keep_open=True, keep_open_pause=False, audio_pitch_correction=True),
        **dict(ao=os.environ.get("PODCLI_AO") or ("" if has_sound() else "null"), audio_fallback_to_null=True),
        **dict(user_agent=f"podcli/{__version__}", network_timeout=_TIMEOUT_S, demuxer_max_bytes="32MiB",
               demuxer_max_back_bytes="16MiB", tls_verify=True, tls_ca_file=_certificates()),
        # FFmpeg's demuxers alone, and of these only the listed: libmpv's own read playlists, EDL and cue sheets.
        **dict(demuxer="lavf", access_references=False, load_unsafe_playlists=False, ordered_chapters=False),
        "demuxer_lavf_o": f"{_pair('protocol_whitelist', 'file,' + _PROTOCOLS)},{_pair('format_whitelist', _FORMATS)}",
        "stream_lavf_o": _pair("protocol_whitelist", _PROTOCOLS),
    }  # fmt: skip


def has_sound() -> bool:
    """Whether a sound server or card is in sight.

    Looked for on Linux only, where the sound libraries write to the terminal, over our screen, when there is none.
    """
    if not sys.platform.startswith("linux") or os.environ.get("PULSE_SERVER") or os.environ.get("PIPEWIRE_REMOTE"):
        return True
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    servers = (runtime / "pulse/native", runtime / "pipewire-0", Path("/run/pulse/native"), Path("/dev/dsp"))
    return any(os.access(server, os.F_OK) for server in servers) or any(Path("/dev/snd").glob("pcm*p"))


def _pair(key: str, value: str) -> str:
    """``key=value`` for a libmpv option list, with a value that holds commas (mpv manual, key/value list options)."""
    return f"{key}=%{len(value)}%{value}"


def _certificates() -> str:
    """The file of trusted authorities: FFmpeg built on OpenSSL looks nowhere by itself."""
    import certifi

    return ssl.get_default_verify_paths().cafile or certifi.where()
