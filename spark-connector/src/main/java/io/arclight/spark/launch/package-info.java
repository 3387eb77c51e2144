/** Runs one function on W ranks in a barrier stage, with progress, checkpoints and restarts. */
package io.arclight.spark.launch;
