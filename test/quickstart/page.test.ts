import { describe, expect, it } from 'vitest';
import { blocksOf } from './page.ts';

describe('the commands of the quickstart page', () => {
  it('are the sh blocks in their order, under their headings', () => {
    const page = '## One\n```sh\nfirst\n```\ntext\n```alloy\nnot this\n```\n## Two\n```sh\nsecond\nthird\n```\n';
    expect(blocksOf(page)).toEqual([
      { title: 'One', script: 'first', commands: 1, readyText: undefined },
      { title: 'Two', script: 'second\nthird', commands: 2, readyText: undefined },
    ]);
  });

  it('count what is typed: neither comments nor the insides of files and long lines', () => {
    const script = "# a comment\ncat > file <<'EOF'\nnot a command\nEOF\n\nlong \\\n  line\n";
    expect(blocksOf(`\`\`\`sh\n${script}\`\`\`\n`)[0]?.commands).toBe(2);
  });

  it('know which command is left running, and only that one', () => {
    const page = '<!-- leave it running; ready: "listens" -->\n```sh\nserve\n```\n```sh\nnext\n```\n';
    expect(blocksOf(page).map(({ readyText }) => readyText)).toEqual(['listens', undefined]);
  });
});
