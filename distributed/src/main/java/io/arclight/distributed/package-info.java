/**
 * Training on several ranks: communicators (in one JVM, over TCP) and data parallelism on top of
 * them. Knows nothing of Spark: who gathers the ranks and hands out addresses is the caller.
 */
package io.arclight.distributed;
