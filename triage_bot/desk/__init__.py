"""The assistant's desk on Telegram: commands, buttons, drafts, and what is shown of the queue.

`desk.Desk` takes what she wrote or pressed; the other modules answer it, on the store's thread, as plain functions of
what they are given. Nothing is imported here, so that a digest can use `buttons` alone.
"""
