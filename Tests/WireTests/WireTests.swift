// Wire tests
