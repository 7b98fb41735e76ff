// Storage tests
