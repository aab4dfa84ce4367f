/** Ends a command whose starter has ended without telling it, which would otherwise keep its ports. Any Node >= 18 runs this. */
const LOOK_MS = 500;

/** npx runs a command in a shell. A SIGTERM to npx ends that shell, which passes nothing on. */
export function endWithNpx() {
  if (process.env.npm_lifecycle_event === 'npx') endWithParent(process.ppid);
}

export function endWithParent(parent) {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_MS);
  watch.unref();
}
