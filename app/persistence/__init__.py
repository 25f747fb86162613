"""Rows and statements: the only room that imports SQLAlchemy. It never commits; operations do."""
