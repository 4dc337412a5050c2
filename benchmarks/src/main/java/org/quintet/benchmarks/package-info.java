/** JMH benchmarks; benchmarks/README.md says how they are run. */
@NullMarked
package org.quintet.benchmarks;

import org.jspecify.annotations.NullMarked;
