// Databricks notebook source
// MAGIC %md
// MAGIC # Arclight: from a DataFrame to SQL in five cells
// MAGIC Training runs on the executors of this cluster, straight from the DataFrame; the model is
// MAGIC served as a SQL function. Needs the jar `arclight-spark` on the cluster.

// COMMAND ----------

// DBTITLE 1,Install
import io.arclight.nn._
import io.arclight.optim._
import io.arclight.spark._
import io.arclight.tensor._

Arclight.install(spark)

// COMMAND ----------

// MAGIC %md
// MAGIC A model is a class. It may be defined right here: executors get it as they get any other class
// MAGIC of a notebook. Layers register under the names that their weights have when saved.

// COMMAND ----------

class Net(inputs: Long, classes: Long) extends Layer {
  private val fc1 = register("fc1", new Linear(inputs, 64))
  private val fc2 = register("fc2", new Linear(64, classes))

  override def forward(x: Tensor): Tensor = fc2.call(fc1.call(x).relu())
}

// COMMAND ----------

// MAGIC %md
// MAGIC Any DataFrame will do: Parquet, Delta, a join. These are digits, drawn as they are read.

// COMMAND ----------

val train = spark.read.format("digits").option("rows", "3000").load()
val test = spark.read.format("digits").option("rows", "500").option("split", "test").load()
test.createOrReplaceTempView("digits")
train.printSchema()

// COMMAND ----------

val factory: ModelFactory[Net] = () => new Net(784, 10)
val optimizer: OptimizerFactory = parameters => new AdamW(parameters, 3e-3)

val model = SparkTrainer
  .of(factory)
  .loss(new CrossEntropyLoss())
  .optimizer(optimizer)
  .features("pixels", Shape.of(784))
  .label("label")
  .globalBatchSize(128)
  .epochs(4)
  .workers(2)
  .validationFraction(0.1)
  .fit(train)

model.history.forEach(epoch => println(epoch))

// COMMAND ----------

// MAGIC %md
// MAGIC The saved model carries its preprocessing and labels: `predict` takes the raw columns.

// COMMAND ----------

val path = sys.props.getOrElse("arclight.notebook.model", "/tmp/arclight-quickstart")
model.save(path)
spark.sql(s"CREATE OR REPLACE TEMPORARY VIEW predicted AS SELECT label, predict('$path', pixels) AS prediction FROM digits")

// COMMAND ----------

// MAGIC %sql
// MAGIC SELECT avg(cast(label = prediction AS int)) AS accuracy, count(*) AS digits
// MAGIC FROM predicted

// COMMAND ----------

// MAGIC %sql
// MAGIC SELECT label, prediction, count(*) AS mistakes
// MAGIC FROM predicted
// MAGIC WHERE label <> prediction
// MAGIC GROUP BY label, prediction
// MAGIC ORDER BY mistakes DESC
// MAGIC LIMIT 5
