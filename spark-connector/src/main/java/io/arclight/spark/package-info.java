/**
 * Training from DataFrames on Spark's executors, and models as SQL functions.
 *
 * <p>{@link io.arclight.spark.SparkTrainer} trains a model, {@link
 * io.arclight.spark.DistributedTraining} runs a loop of one's own, and {@link
 * io.arclight.spark.Arclight} installs {@code predict} in a session.
 */
package io.arclight.spark;
