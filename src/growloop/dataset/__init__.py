"""From files to a frozen dataset version: importers, checks, duplicates, split, versions."""
