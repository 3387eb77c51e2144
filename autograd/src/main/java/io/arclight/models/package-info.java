/** Ready models. */
package io.arclight.models;
