/** docs/keepalived-compat.md, written from the table of differences. */
import { DIFFERENCES, type Difference } from './differences.ts';

const INTRODUCTION = `# Where \`relived -t\` and \`keepalived -t\` disagree

relived reads keepalived.conf as keepalived 2.4.3 does. The verdict of \`-t\` (zero, or not) is compared with that of Debian's
keepalived 2.2.7 on the sample configurations of its package, on every keyword and example of its manual page, and on random
mistakes made in them (\`npm run test:long -- config-verdicts\`; \`RELIVED_MUTATIONS=5000\` for more,
\`RELIVED_SEED\` for others). The verdicts are the same but for the differences below; the test fails at any other, and at one
that is listed here and no longer there.

What becomes of each keyword is in [keywords.md](keywords.md). A keyword that relived understands and does not act on yet does
not count in \`-t\`.
`;

export function compatibilityDocument(): string {
  return [INTRODUCTION, ...DIFFERENCES.map(section)].join('\n');
}

function section({ title, reason, example, keepalived, relived }: Difference): string {
  const verdicts = [
    ...(relived.length > 0 ? ['keepalived 2.2.7 accepts it, relived does not'] : []),
    ...(keepalived !== null ? ['relived accepts it, keepalived 2.2.7 does not'] : []),
  ];
  return `## ${title}\n\n${reason}\n\n${verdicts.join('; or ')}${verdicts.length > 1 ? '' : ':'}\n\n\`\`\`\n${example.trimEnd()}\n\`\`\`\n`;
}
