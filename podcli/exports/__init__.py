"""What was kept of episodes, written for other programs. Pure: domain objects in, text or bytes out; no file, no network."""
