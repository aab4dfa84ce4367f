import { describe, expect, it } from 'vitest';
import { Secret } from '../../core/alloy/values.ts';
import { DestinationAgents, nodeTakesProxies } from './destination-agents.ts';

const through = (url: string, noProxy?: string) => ({
  protocol: 'remote_write' as const,
  proxy: { url: new Secret(url), ...(noProxy !== undefined && { noProxy }) },
});

describe('connections to destinations', () => {
  it('are shared by those that name the same proxy with the same exceptions, over loads too', () => {
    const agents = new DestinationAgents();
    const first = agents.of(through('http://a:1'));
    agents.keep([through('http://a:1')]);
    expect(agents.of(through('http://a:1'))).toBe(first);
    expect(agents.of(through('http://a:1', 'x'))).not.toBe(first);
    expect(agents.of(through('http://b:1'))).not.toBe(first);
  });

  it('of a proxy that no destination names any more are forgotten, its password with them', () => {
    const agents = new DestinationAgents();
    const before = agents.of(through('http://me:old@a:1'));
    agents.keep([through('http://me:new@a:1')]);
    expect(agents.of(through('http://me:old@a:1'))).not.toBe(before);
  });
});

it('knows which versions of Node take a proxy', () => {
  const taking = ['22.20.0', '22.21.0', '23.11.0', '24.4.1', '24.5.0', '26.0.0'].filter(nodeTakesProxies);
  expect(taking).toEqual(['22.21.0', '24.5.0', '26.0.0']);
});
