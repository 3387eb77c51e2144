/** The gradient walk and what steers it: modes, gradients of chosen inputs, numerical checks. */
package io.arclight.autograd;
