// Base tests
