package io.arclight.spark.launch;

import java.io.Serializable;
import java.util.Map;

/**
 * Where a rank is.
 *
 * @param epoch epoch of the data, from 0
 * @param epochs how many will run
 * @param step global step, from 0 at the start of the run
 * @param stepsPerEpoch 0 when not known yet
 * @param rows rows of the global batches that were trained since the start of the run
 * @param metrics values to show in order, such as loss and accuracy
 */
public record StepReport(
    int epoch, int epochs, long step, long stepsPerEpoch, long rows, Map<String, Double> metrics)
    implements Serializable {}
