/** workerd tells over a pipe (`--control-fd`) which port its socket got. */
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

export async function listenAddress(child: ChildProcess, timeoutMs: number): Promise<number> {
  const control = child.stdio[3] as Readable;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`workerd did not listen within ${timeoutMs} ms`)), timeoutMs);
    let text = '';
    control.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (const line of text.split('\n').slice(0, -1)) {
        const message = JSON.parse(line) as { event?: string; socket?: string; port?: number };
        if (message.event !== 'listen' || message.socket !== 'http' || message.port === undefined) continue;
        clearTimeout(timer);
        resolve(message.port);
        return;
      }
    });
    control.once('error', reject);
    child.once('exit', () => clearTimeout(timer));
  });
}
