package io.arclight.data;

import java.util.PrimitiveIterator;

/**
 * An order of samples for every epoch. It is a function of the epoch's number, which the loader
 * gives, so that there is nothing to set between epochs ({@code set_epoch}) and a resumed run deals
 * the same.
 */
public interface Sampler {

  /** How many indices an epoch has. */
  long size();

  /** The indices of epoch {@code epoch}, from 0. */
  PrimitiveIterator.OfLong iterator(int epoch);
}
