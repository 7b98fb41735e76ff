// Raft tests
