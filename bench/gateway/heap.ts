/** Asks workerd's inspector how much memory the gateway's isolate uses: V8's heap and the buffers outside of it. */
const TIMEOUT_MS = 10_000;

export async function isolateBytes(inspectorAddress: string, gatewayUrl: string): Promise<number> {
  const targets = (await (await fetch(`http://${inspectorAddress}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const gateway = targets.find(({ webSocketDebuggerUrl }) => webSocketDebuggerUrl.endsWith('/gateway'));
  if (gateway === undefined) throw new Error(`the inspector lists no gateway: ${JSON.stringify(targets)}`);
  const socket = new WebSocket(gateway.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the inspector refused the connection')));
  });
  try {
    const collected = call(socket, 1, 'HeapProfiler.collectGarbage');
    // The isolate sees to it when it runs next.
    await fetch(`${gatewayUrl}/-/healthy`);
    await collected;
    const usage = await call(socket, 2, 'Runtime.getHeapUsage');
    return (usage.usedSize ?? 0) + (usage.backingStorageSize ?? 0);
  } finally {
    socket.close();
  }
}

function call(socket: WebSocket, id: number, method: string): Promise<Record<string, number>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${method} was not answered`)), TIMEOUT_MS);
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as { id?: number; result?: Record<string, number> };
      if (message.id !== id) return;
      clearTimeout(timer);
      resolve(message.result ?? {});
    });
    socket.send(JSON.stringify({ id, method, params: {} }));
  });
}
