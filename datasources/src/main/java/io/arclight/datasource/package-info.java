/** Spark's data sources {@code mnist} and {@code digits}, and what they share with the feed. */
package io.arclight.datasource;
