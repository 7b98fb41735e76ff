// HTTP tests
