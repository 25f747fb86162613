"""Mails in the language of who reads them: their texts by language, and how they are put together."""
