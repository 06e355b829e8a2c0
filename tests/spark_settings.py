"""Of Spark in tests. Everything small: what is tested is not how much a machine can take."""

SETTINGS = {
    "spark.driver.memory": "1g",
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "2",
}
