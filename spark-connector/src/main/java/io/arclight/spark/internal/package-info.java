/**
 * The only place that touches parts of Spark without a compatibility promise. What does not link
 * here fails with {@link io.arclight.spark.internal.UnsupportedSparkException}.
 */
package io.arclight.spark.internal;
