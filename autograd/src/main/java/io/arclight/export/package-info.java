/** Models as data: traced programs with signatures, and safetensors files. */
package io.arclight.export;
