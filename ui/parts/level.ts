/** How urgent something is. */
export type Level = 'ok' | 'attention' | 'trouble' | 'idle';
