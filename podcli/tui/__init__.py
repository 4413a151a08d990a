"""The terminal player: screens over the same services the command line calls. The only package that imports Textual."""
