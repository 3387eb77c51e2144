/** Where time and memory go. */
package io.arclight.tensor.profile;
