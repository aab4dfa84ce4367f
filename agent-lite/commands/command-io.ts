/** What a command may touch of the world, passed in so that tests need no files and no process. */

export interface CommandIo {
  /** Throws an Error whose `code` is ENOENT where there is no such file. */
  readFile(path: string): Promise<Uint8Array>;
  /** Keeps the permissions of an existing file. */
  writeFile(path: string, text: string): Promise<void>;
  /** Names in a folder; undefined when the path is not a folder. */
  readDir(path: string): Promise<readonly string[] | undefined>;
  stdin(): Promise<Uint8Array>;
  stdout(text: string): void;
  stderr(text: string): void;
}

/** A mistake of the user: its message is printed after "Error: " and the command ends with 1. */
export class CommandError extends Error {}

/** Runs a command's body and turns what it throws into text on stderr and an exit code. */
export async function exitCode(io: CommandIo, body: () => Promise<number>): Promise<number> {
  try {
    return await body();
  } catch (error) {
    io.stderr(`Error: ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

export async function readText(
  io: CommandIo,
  path: string,
  decode: (bytes: Uint8Array) => string | undefined,
): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await io.readFile(path);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT')
      throw new CommandError(`stat ${path}: no such file or directory`);
    throw error;
  }
  const text = decode(bytes);
  if (text === undefined) throw new CommandError(`${path}: not UTF-8 text`);
  return text;
}
