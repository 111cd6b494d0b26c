/** Named predicates of the bfd statechart. The chart shows these names, so they read as sentences. */
import type { BfdState } from '../../protocol/bfd.ts';
import type { BfdEvent } from './bfd.events.ts';

type Args = { readonly event: BfdEvent };

function neighborIs(...states: readonly BfdState[]) {
  return ({ event }: Args): boolean => event.type === 'control.received' && states.includes(event.state);
}

export const bfdGuards = {
  neighborIsAdminDown: neighborIs('adminDown'),
  neighborIsDown: neighborIs('down'),
  neighborIsInit: neighborIs('init'),
  neighborHearsUs: neighborIs('init', 'up'),
};
