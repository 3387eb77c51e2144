package io.arclight.spark.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class RunSecretTest {

  @Test
  void derivesAsRfc5869() {
    // Test case 1 of the RFC, whose first 32 bytes of output are one block.
    HexFormat hex = HexFormat.of();
    byte[] key =
        RunSecret.hkdf(
            hex.parseHex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
            hex.parseHex("000102030405060708090a0b0c"),
            hex.parseHex("f0f1f2f3f4f5f6f7f8f9"));

    assertThat(key)
        .isEqualTo(
            hex.parseHex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"));
  }

  @Test
  void isNewForEveryStart() {
    SparkConf conf = new SparkConf(false);
    byte[] first = RunSecret.create(conf).bytes("run", 0);

    assertThat(first).hasSize(32).isNotEqualTo(RunSecret.create(conf).bytes("run", 0));
  }
}
