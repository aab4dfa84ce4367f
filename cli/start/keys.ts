/** Single keys in a terminal. Elsewhere there are none, and signals do the rest. */

/** Returns what gives the terminal back. */
export function onKeys(handlers: Readonly<Record<string, () => void>>): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  const onData = (data: Buffer) => {
    for (const key of data.toString()) handlers[key.toLowerCase()]?.();
  };
  stdin.setRawMode(true);
  stdin.on('data', onData);
  stdin.resume();
  return () => {
    stdin.off('data', onData);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

/** In raw mode the terminal sends this instead of SIGINT. */
export const CTRL_C = '\u0003';
