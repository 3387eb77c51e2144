/** Named sequences of bytes in a folder of any file system or object store, free of Spark. */
package io.arclight.data.blob;
