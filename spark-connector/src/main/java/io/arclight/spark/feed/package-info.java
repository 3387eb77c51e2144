/** From a DataFrame to each rank's share of the global batches, in an order set by lanes. */
package io.arclight.spark.feed;
