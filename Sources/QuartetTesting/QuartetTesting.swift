// QuartetTesting
