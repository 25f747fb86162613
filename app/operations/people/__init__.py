"""Who somebody is: tokens, sign-in, callers."""
