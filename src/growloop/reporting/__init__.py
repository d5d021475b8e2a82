"""Shows what the records say, as terminal tables, a report page and a dataset card; writes and changes nothing."""
