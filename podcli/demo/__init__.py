"""The sample show that ``podcli demo`` serves and reads offline. Ours, CC0; README.md here says how it was made."""
