// Replica tests
