/** The commands of docs/quickstart.md, in the order of the page: what it tells people to type is what the script types. */
export interface Block {
  /** Under which heading it stands. */
  readonly title: string;
  readonly script: string;
  /** How many commands a person types. */
  readonly commands: number;
  /** Set where the command stays in the foreground of a terminal of its own: what it prints once it is ready. */
  readonly readyText: string | undefined;
}

const HEADING = /^## (.+)$/;
/** Stands before a block whose command goes on running: `<!-- leave it running; ready: "text" -->`. */
const LEAVE_RUNNING = /^<!-- leave it running; ready: "(.+)" -->$/;

/** The ```sh blocks; a block of another language is for reading. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let title = '';
  let readyText: string | undefined;
  let lines: string[] | undefined;
  for (const line of markdown.split('\n')) {
    if (lines !== undefined && line === '```') {
      blocks.push({ title, script: lines.join('\n'), commands: countCommands(lines), readyText });
      lines = undefined;
      readyText = undefined;
    } else if (lines !== undefined) lines.push(line);
    else if (line === '```sh') lines = [];
    else {
      title = HEADING.exec(line)?.[1] ?? title;
      readyText = LEAVE_RUNNING.exec(line)?.[1] ?? readyText;
    }
  }
  return blocks;
}

/** Lines that begin a command: not a comment, not the inside of a here-document, not the rest of a line before. */
function countCommands(lines: readonly string[]): number {
  let count = 0;
  let hereEnd: string | undefined;
  let isContinued = false;
  for (const line of lines) {
    if (hereEnd !== undefined) {
      if (line === hereEnd) hereEnd = undefined;
      continue;
    }
    if (line.trim() !== '' && !line.trimStart().startsWith('#') && !isContinued) count++;
    isContinued = line.endsWith('\\');
    hereEnd = /<<'?(\w+)'?/.exec(line)?.[1];
  }
  return count;
}
