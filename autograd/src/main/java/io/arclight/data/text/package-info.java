/** Text as tensors. */
package io.arclight.data.text;
