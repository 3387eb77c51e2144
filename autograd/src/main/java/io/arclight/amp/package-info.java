/** Mixed precision: {@code torch.amp}. */
package io.arclight.amp;
