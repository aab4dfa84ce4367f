/**
 * Ports for programs of tests that have to be told theirs. A port that was merely free a moment ago may have gone to
 * somebody else when the program binds it, or while a test has it down: these are kept for the process that asked.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below Linux's range (32768 and up), out of which connections and listeners on port 0 get theirs, and beyond those of the tests of install.sh. */
const FIRST = 23_000;
const LAST = 32_700;
const ATTEMPTS = 100;

/** A loopback port on which nothing listens; no other call gets it, in any process, until this one ends. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
  throw new Error(`no port from ${FIRST} to ${LAST} is free`);
}

/** The mark that says so is a UDP socket on the port of that number, which is out of the way of every TCP listener. */
function reserve(port: number): Promise<boolean> {
  const mark = createSocket('udp4');
  return new Promise((resolve) => {
    mark.once('error', () => {
      mark.close();
      resolve(false);
    });
    mark.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      mark.unref();
      resolve(true);
    });
  });
}

/** On no address of this machine. */
function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
