/** Facts that reach a checker of pages: those of any checker; a report says of which page it speaks. */
import type { CheckerEvent } from '../checker/checker.events.ts';
import type { HttpCheckerInput } from './http-checker.input.ts';

export type HttpCheckerEvent =
  | Exclude<CheckerEvent, { readonly type: 'checker.reconfigured' }>
  | { readonly type: 'checker.reconfigured'; readonly input: HttpCheckerInput };
