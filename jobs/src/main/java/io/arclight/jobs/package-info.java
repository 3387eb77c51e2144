/** What {@code spark-submit} runs: train, evaluate, predict. */
package io.arclight.jobs;
