package io.arclight.datasource;

/** The part of a data set to read: option {@code split}. */
enum Split {
  TRAIN,
  TEST,
  ALL
}
