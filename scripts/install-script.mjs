/**
 * Puts the one install.sh that a gateway serves together from its rooms in deploy/agent/install/: one after the other, with
 * an empty line between them, and nothing else is done to them. Runs on any Node >= 18.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** In the order in which they are read. The first begins with #!/bin/sh, the last ends with the call of main. */
const ROOMS = [
  'start',
  'arguments',
  'system',
  'fetching',
  'settings',
  'checks',
  'program',
  'configuration',
  'staging',
  'files',
  'users',
  'service',
  'proof',
  'removal',
  'main',
];

/** The script's text, and the file that each of its lines is in: `placeOf(12)` is `arguments.sh:3`. */
export function installScript(folder) {
  const names = ROOMS.map((room) => `${room}.sh`);
  const strange = readdirSync(folder).filter((name) => !names.includes(name));
  if (strange.length > 0)
    throw new Error(`${folder} has ${strange.join(', ')}: scripts/install-script.mjs lists no such room`);
  const texts = names.map((name) => readFileSync(join(folder, name), 'utf8'));
  const places = texts.flatMap((text, i) => text.split('\n').map((_, line) => `${names[i]}:${line + 1}`));
  return { text: texts.join('\n'), placeOf: (line) => places[line - 1] };
}
