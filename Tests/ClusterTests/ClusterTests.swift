// Cluster tests
