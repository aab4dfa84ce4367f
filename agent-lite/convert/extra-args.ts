/** `-e "-config.expand-env -enable-features=a,b"`: the flags of the other agent, in one text with spaces between them. */

export type ExtraArgs =
  | { readonly ok: true; readonly args: readonly string[] }
  | { readonly ok: false; readonly bad: string };

/** `-key=value` becomes two arguments, as the other agent would see them. */
export function parseExtraArgs(text: string): ExtraArgs {
  const args: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const at = word.indexOf('=');
    const value = at < 0 ? '' : word.slice(at + 1);
    if (value !== '' && !word.startsWith('-')) return { ok: false, bad: word };
    args.push(at < 0 ? word : word.slice(0, at));
    if (value !== '') args.push(value);
  }
  return { ok: true, args };
}
