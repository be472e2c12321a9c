/**
 * Should be thrown when a command cannot go on and the reason fits into a sentence for the person who typed it. The command line
 * prints the message alone, without a stack, and exits with `exitCode`.
 */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}
