/** What `npm run deploy` does when something is wrong: it says what, what was done already, and goes on when run again. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeCloudflare } from '../support/cloudflare/api.ts';
import { runDeploy } from '../support/cloudflare/deploy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const NAME = 'spillway-failures';

describe('npm run deploy', () => {
  let home: ReturnType<typeof tempFolder>;
  let cloudflare: FakeCloudflare | undefined;

  const start = async (...accounts: { name: string; subdomain?: string }[]): Promise<FakeCloudflare> => {
    cloudflare = await FakeCloudflare.start(accounts.length === 0 ? undefined : accounts);
    return cloudflare;
  };
  const deploy = (fake: FakeCloudflare, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
    runDeploy(fake, home.path, ['--name', NAME, ...args], env);

  beforeEach(() => {
    home = tempFolder('deploy-home');
  });
  afterEach(async () => {
    await cloudflare?.stop();
    home.remove();
  });

  it('without a login, with a wrong token, and with unknown arguments, says what to do and changes nothing', async () => {
    const fake = await start();
    const nobody = await deploy(fake, [], { CLOUDFLARE_API_TOKEN: '' });
    expect(nobody.code).toBe(1);
    expect(nobody.stderr).toContain('nobody is logged in to Cloudflare. Log in with `npx wrangler login`');
    expect(nobody.stderr).toContain('Nothing was changed.');
    const wrong = await deploy(fake, [], { CLOUDFLARE_API_TOKEN: 'wrong' });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(
      'does not accept the API token in CLOUDFLARE_API_TOKEN (Authentication error [code: 10000])',
    );
    const unknown = await deploy(fake, ['--froce']);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("Unknown option '--froce'")]);
    expect(fake.calls.filter((call) => !call.startsWith('GET '))).toEqual([]);
  });

  it('with two accounts and no choice, lists them; with a choice, takes it', async () => {
    const fake = await start({ name: 'One', subdomain: 'one' }, { name: 'Two' });
    const unclear = await deploy(fake);
    expect(unclear.code).toBe(1);
    expect(unclear.stderr).toContain('the login has 2 accounts; choose one with --account-id ID:');
    for (const { id, name } of fake.accounts) expect(unclear.stderr).toContain(`${id}  ${name}`);
    const chosen = await deploy(fake, ['--account-id', fake.accounts[1]?.id as string]);
    // The second account has no workers.dev name yet: only its owner can choose one.
    expect(chosen.code).toBe(1);
    expect(chosen.stderr).toContain(`https://dash.cloudflare.com/${fake.accounts[1]?.id}/workers/onboarding`);
    expect(chosen.stderr).toMatch(
      /Done so far:\n {2}database spillway-failures \(.*\) created\n {2}database .* migrated/,
    );
    expect([fake.accounts[0]?.databases.size, fake.accounts[1]?.databases.size]).toEqual([0, 1]);
  });

  it('goes on after a failure, shows a token that was set before it, and replaces no Worker that is not its own', async () => {
    const fake = await start();
    fake.broken = /PUT .*\/schedules$/;
    const failed = await deploy(fake);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('broken for this test');
    const { ADMIN_TOKEN } = fake.account.secretsOf(NAME);
    expect(failed.stderr).toContain(`its admin token, shown this once: ${ADMIN_TOKEN}`);
    fake.broken = undefined;
    const again = await deploy(fake);
    expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('there already');
    expect(again.stdout).not.toContain(ADMIN_TOKEN);
    expect(fake.account.secretsOf(NAME).ADMIN_TOKEN).toBe(ADMIN_TOKEN);
    expect(fake.account.databases.size).toBe(1);
    // A Worker of this name without its database may be somebody else's: it is not replaced.
    fake.account.databases.clear();
    const refused = await deploy(fake);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`the account has a Worker ${NAME}, but no database ${NAME}`);
    expect(refused.stderr).toContain('Nothing was changed.');
  });

  it('prints no token where its output is a log: in Workers Builds the Worker waits for one', async () => {
    const fake = await start();
    const built = await deploy(fake, [], { CI: 'true', WORKERS_CI: '1' });
    expect({ code: built.code, stderr: built.stderr }).toMatchObject({ code: 0 });
    expect(built.stdout).toContain('The Worker has no ADMIN_TOKEN');
    expect(Object.keys(fake.account.secretsOf(NAME))).toEqual(['SECRETS_KEY']);
  });
});
