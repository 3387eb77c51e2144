/** Modules, layers and losses, named and initialised as PyTorch's. */
package io.arclight.nn;
