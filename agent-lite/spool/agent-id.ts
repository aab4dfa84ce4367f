/**
 * The name under which a spool's batches are known to a gateway, which drops what it has seen before of that name. It
 * lives and dies with the spool: were it kept elsewhere, a spool that starts anew would reuse sequences of that name.
 */
import { join } from 'node:path';
import { decodeUtf8, encodeUtf8 } from '../../core/bytes/utf8.ts';
import type { SpoolFileSystem } from './file-system.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export async function readAgentId(fs: SpoolFileSystem, folder: string, newId: () => string): Promise<string> {
  const path = join(folder, 'agent-id');
  const bytes = await fs.readWhole(path);
  const known = bytes === undefined ? '' : decodeUtf8(bytes).trim();
  if (UUID.test(known)) return known;
  const id = newId();
  await fs.makeFolder(folder);
  await fs.replace(path, encodeUtf8(`${id}\n`));
  return id;
}
