/** Reads the agent's streams: messages that end with `|;|`, for as long as the page wants them. */
const MESSAGE_END = '|;|';
/** A message longer than this is not ours. */
const MAX_PENDING = 4 * 1024 * 1024;

/** Cuts what arrives into messages, wherever the network cut it. */
export class MessageSplitter {
  #pending = '';

  add(text: string): string[] {
    const parts = (this.#pending + text).split(MESSAGE_END);
    this.#pending = parts.pop() ?? '';
    if (this.#pending.length > MAX_PENDING) throw new Error('A message of the stream does not end');
    return parts;
  }
}

/** Ends when the server ends it or the signal aborts; throws with a text for people where it cannot begin or breaks. */
export async function readStream(
  path: string,
  signal: AbortSignal,
  onMessages: (messages: readonly string[]) => void,
): Promise<void> {
  const response = await fetch(path, { signal, cache: 'no-store', credentials: 'same-origin' });
  if (!response.ok || response.body === null) throw new Error((await response.text()).trim() || `${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const splitter = new MessageSplitter();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const messages = splitter.add(value);
    if (messages.length > 0) onMessages(messages);
  }
}
