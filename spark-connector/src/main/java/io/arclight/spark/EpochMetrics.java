package io.arclight.spark;

import java.io.Serializable;

/**
 * What an epoch gave.
 *
 * @param epoch from 0
 * @param step optimizer steps since the start of the run
 * @param rows rows that were trained in this epoch
 * @param loss mean over the rows
 * @param accuracy share of rows whose largest output is their class; NaN without classes
 * @param validationLoss NaN without validation data
 * @param validationAccuracy NaN without validation data or classes
 * @param seconds wall time
 */
public record EpochMetrics(
    int epoch,
    long step,
    long rows,
    double loss,
    double accuracy,
    double validationLoss,
    double validationAccuracy,
    double seconds)
    implements Serializable {}
