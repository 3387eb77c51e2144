/** What goes with layers: sequences of different lengths. */
package io.arclight.nn.utils;
