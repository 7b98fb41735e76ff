// Topology tests
