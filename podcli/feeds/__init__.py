"""The outside world into domain objects: feeds, publishers' transcripts and chapters, audio files. No SQL, no screen."""
