/**
 * The command line. {@link org.quintet.cli.Main} starts it, {@link org.quintet.cli.QuintetCli} lists the commands, each command is
 * one class over {@link org.quintet.cli.Command}; what they share are options, tables and JSON.
 */
@NullMarked
package org.quintet.cli;

import org.jspecify.annotations.NullMarked;
