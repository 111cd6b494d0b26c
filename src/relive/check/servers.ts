/** A server that fails its checks is taken out, and a virtual server knows whether it has its quorum. */
import type { JsonObject } from '../../protocol/json.ts';
import { protocolPath, regions } from '../words.ts';
import { type Invariant, inputOf, object, type Report } from './invariant.ts';

/** Regions of the table in which a change must be asked for. */
const CHANGING: readonly string[] = ['applying', 'applied', 'refused', 'mending'];

interface Quorum {
  needed: number;
  hysteresis: number;
  liveWeight: number;
}

export function servers(report: Report): Invariant {
  const retries = new Map<string, number>();
  const quorums = new Map<string, Quorum>();
  /** What a real server weighed when it was last spoken of; 0 while it is down. */
  const weights = new Map<string, number>();
  const quorumOf = (actor: string, context: JsonObject): void => {
    const input = object(context.input);
    const known = quorums.get(actor) ?? { needed: 1, hysteresis: 0, liveWeight: 0 };
    quorums.set(actor, known);
    if (typeof input.quorum === 'number') known.needed = input.quorum;
    if (typeof input.hysteresis === 'number') known.hysteresis = input.hysteresis;
    if (typeof context.liveWeight === 'number') known.liveWeight = context.liveWeight;
  };
  return {
    resume({ actor, context }) {
      if (actor.startsWith('checker/'))
        retries.set(actor, Number(object(context.input).retry ?? Number.POSITIVE_INFINITY));
      if (actor.startsWith('virtual/')) quorumOf(actor, context);
    },
    row({ row, before }) {
      const { actor, event } = row;
      const input = inputOf(row);
      if (actor.startsWith('checker/')) {
        if (input !== null) retries.set(actor, Number(input.retry ?? Number.POSITIVE_INFINITY));
        const [used, most] = [
          Number(row.delta.retriesUsed ?? 0),
          retries.get(actor) ?? Number.POSITIVE_INFINITY,
        ];
        if (used > most && protocolPath(row.state).startsWith('passing'))
          report(
            row,
            `failed ${used} times in a row, of which ${most} are forgiven, and still counts as passing`,
          );
      }
      if (!actor.startsWith('virtual/') || row.kind === 'note') return;
      quorumOf(actor, input === null ? row.delta : { ...row.delta, input });
      const quorum = quorums.get(actor);
      const state = regions(row.state).get('quorum');
      if (quorum !== undefined && state === 'up' && quorum.liveWeight < quorum.needed - quorum.hysteresis)
        report(
          row,
          `has its quorum with a weight of ${quorum.liveWeight}, below ${quorum.needed - quorum.hysteresis}`,
        );
      if (
        quorum !== undefined &&
        state === 'down' &&
        quorum.liveWeight >= Math.max(1, quorum.needed + quorum.hysteresis)
      )
        report(
          row,
          `has no quorum with a weight of ${quorum.liveWeight}, of ${quorum.needed + quorum.hysteresis} needed`,
        );
      if (event.type !== 'real.changed') return;
      const key = `${actor} ${String(event.real)}`;
      const table = before === null ? '' : (regions(before).get('table') ?? '');
      const isTold = row.effects.some(({ type }) => type === 'setDestinations' || type === 'holdServices');
      if (event.alive === false && (weights.get(key) ?? 0) > 0 && CHANGING.includes(table) && !isTold)
        report(row, `${String(event.real)} went down and stayed in the table`);
      weights.set(key, event.alive === true ? Number(event.weight) : 0);
    },
    finish() {
      for (const map of [retries, quorums, weights]) map.clear();
    },
    forget: () => weights.clear(),
  };
}
