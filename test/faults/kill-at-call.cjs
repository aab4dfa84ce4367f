/**
 * Loaded into an agent by NODE_OPTIONS=--require: the process kills itself with SIGKILL at one of its calls to the disk,
 * `KILL_AT=<call>:<which>:<when>`, such as the 7th fdatasync, before, during or after it. `during` a write half of its
 * bytes get through; during a rename only the file beside exists.
 */
const promises = require('node:fs/promises');

const [call, which, when] = (process.env.KILL_AT ?? '').split(':');
let calls = 0;

const die = () => process.kill(process.pid, 'SIGKILL');

function watched(name, original, half) {
  return async function (...args) {
    const isIt = name === call && ++calls === Number(which);
    if (isIt && when === 'before') die();
    if (isIt && when === 'during') {
      await half(this, args, original);
      die();
    }
    const result = await original.apply(this, args);
    if (isIt) die();
    return result;
  };
}

const nothing = async () => undefined;

async function halfAWrite(handle, [chunks, position], original) {
  const bytes = Buffer.concat(chunks);
  await original.call(handle, [bytes.subarray(0, bytes.length >> 1)], position);
}

promises.rename = watched('rename', promises.rename, nothing);
promises.rm = watched('rm', promises.rm, nothing);

const { open } = promises;
let patched = false;
promises.open = async (...args) => {
  const handle = await open(...args);
  if (!patched) {
    patched = true;
    const prototype = Object.getPrototypeOf(handle);
    prototype.writev = watched('write', prototype.writev, halfAWrite);
    prototype.datasync = watched('sync', prototype.datasync, nothing);
  }
  return handle;
};
