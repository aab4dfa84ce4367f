/** Asks for a line on the terminal and shows nothing of what is typed. */
import { UsageError } from './connection.ts';

const ENTER = new Set(['\r', '\n', '\u0004']);
const INTERRUPT = '\u0003';
const BACKSPACE = new Set(['\u007f', '\b']);

export function hiddenPrompt(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8').resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = () => {
      stdin.off('data', read).setRawMode(false);
      stdin.pause();
      stderr.write('\n');
    };
    const read = (text: string) => {
      // A pasted value comes as one text.
      for (const character of text) {
        if (character === INTERRUPT) {
          end();
          reject(new UsageError('nothing was set'));
          return;
        }
        if (ENTER.has(character)) {
          end();
          resolve(typed);
          return;
        }
        typed = BACKSPACE.has(character) ? typed.slice(0, -1) : typed + character;
      }
    };
    stdin.on('data', read);
  });
}
