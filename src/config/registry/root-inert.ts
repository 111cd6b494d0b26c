/** Keywords of the top level that do not act, each with the reason. */
import { inert } from './inert.ts';
import type { KeywordTable } from './spec.ts';

export const ROOT_INERT: KeywordTable = {
  ...inert(
    'error',
    'they would not be set',
    `
static_routes | {lines} |  |  |  | routes installed permanently
static_rules | {lines} |  |  |  | policy rules installed permanently
`,
  ),
};
