/**
 * What a kernel says: typed scalar expressions and small loop programs, their derivatives and
 * expansions, with an interpreter as reference and a reader that gives C and CUDA source.
 */
package io.arclight.tensor.ir;
