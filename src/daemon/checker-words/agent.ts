/** AGENT_CHECK, which keepalived does not have. */
import { parseAgentLine } from '../../protocol/agent-line.ts';
import { type CheckerWords, cannotRun } from './told.ts';

export const agentWords: CheckerWords = (told) => {
  const { rs, vs, report, input, retriesUsed } = told;
  if (report.outcome === 'unable') return [cannotRun('AGENT_CHECK', told)];
  if (report.outcome === 'passed') {
    const ignored = parseAgentLine(report.detail)?.ignored ?? [];
    return [
      `Agent of service ${rs} of VS ${vs} says: ${report.detail}`,
      ...(ignored.length === 0 ? [] : [`Agent of service ${rs}: no effect has ${ignored.join(' ')}`]),
    ];
  }
  const isOver = retriesUsed > input.retry;
  if (!isOver && !input.logAllFailures) return [];
  const what = isOver ? 'cannot be heard, what it said last holds' : 'is not heard';
  return [`Agent of service ${rs} of VS ${vs} ${what}: ${report.code} ${report.detail}`];
};
