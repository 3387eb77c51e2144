/** Layers whose ranks work together. */
package io.arclight.distributed.nn;
