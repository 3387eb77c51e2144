/** Models as SQL functions, batched in the plan. */
package io.arclight.spark.sql;
