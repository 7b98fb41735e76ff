// SQLite tests
