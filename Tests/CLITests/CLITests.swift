// command line tests
