// QuartetClient
