import { CommandFailure } from '../command-failure.js';

/** The part of a terminal this needs. */
export interface PromptTerminal {
  readonly input: NodeJS.ReadStream;
  readonly output: { write(text: string): unknown };
}

const ENTER = ['\r', '\n'];
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACE = ['\u007f', '\b'];

/**
 * Asks for one line on a terminal without showing it. Resolves to undefined when the person ends the input (Ctrl-D); throws a
 * `CommandFailure` on Ctrl-C.
 */
export function promptHidden(question: string, { input, output }: PromptTerminal): Promise<string | undefined> {
  output.write(question);
  input.setRawMode(true);
  input.setEncoding('utf8');
  input.resume();
  return new Promise((settle, fail) => {
    let line = '';
    const finish = (result: () => void): void => {
      input.off('data', onData);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
      result();
    };
    const onData = (text: string): void => {
      for (const character of text) {
        if (ENTER.includes(character)) return finish(() => settle(line));
        if (character === CTRL_D) return finish(() => settle(line === '' ? undefined : line));
        if (character === CTRL_C) return finish(() => fail(new CommandFailure('Interrupted.', 130)));
        line = BACKSPACE.includes(character) ? line.slice(0, -1) : line + character;
      }
    };
    input.on('data', onData);
  });
}
