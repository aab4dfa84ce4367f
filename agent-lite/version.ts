import { VERSION } from '../core/version.ts';

/** What the agent calls itself to those it talks to. */
export const USER_AGENT = `spillway-agent-lite/${VERSION}`;
