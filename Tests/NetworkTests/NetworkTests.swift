// Network tests
