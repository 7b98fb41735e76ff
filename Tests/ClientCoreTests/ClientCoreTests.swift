// ClientCore tests
