/** What an actor asks for is answered, and what it tells another one arrives. */
import { formatDuration } from '../time.ts';
import { Deadlines, type Invariant, list, object, type Place, type Report } from './invariant.ts';

const TEN_SECONDS_US = 10_000_000;
/** Frames on an interface keep a distance, and many addresses are many frames. */
const FRAMES_US = 120_000_000;
const SIGNAL_US = 5_000_000;

/** Effects that have an outcome: events that are one, and how long that may take. */
const OUTCOMES: Readonly<Record<string, readonly [limitUs: number, ...events: string[]]>> = {
  addVips: [TEN_SECONDS_US, 'vips.added', 'vips.addFailed'],
  removeVips: [TEN_SECONDS_US, 'vips.removed', 'vips.removeFailed'],
  sendGratuitousArps: [FRAMES_US, 'garps.sent', 'garps.failed'],
  createDevices: [TEN_SECONDS_US, 'device.created', 'device.failed'],
  holdServices: [TEN_SECONDS_US, 'table.applied', 'table.refused'],
  setDestinations: [TEN_SECONDS_US, 'table.applied', 'table.refused'],
  mendServices: [TEN_SECONDS_US, 'table.applied', 'table.refused'],
};

/** Effects that an event is an outcome of. */
const ANSWERED = new Map<string, string[]>();
for (const [type, [, ...events]] of Object.entries(OUTCOMES))
  for (const event of events) ANSWERED.set(event, [...(ANSWERED.get(event) ?? []), type]);

export function effects(report: Report): Invariant {
  const deadlines = new Deadlines(report);
  const alive = new Set<string>();
  const told = (place: Place, target: string, type: string): void => {
    if (alive.has(target))
      deadlines.await(
        `${place.seq} ${target}`,
        place,
        SIGNAL_US,
        (us) => `told ${target} ${type}, which had not heard of it for ${formatDuration(us)}`,
      );
  };
  return {
    resume: ({ actor }) => alive.add(actor),
    row({ row }) {
      const { actor, event, monoUs } = row;
      if (row.kind === 'start') alive.add(actor);
      if (event.type.endsWith('.removed') || row.kind === 'crash') alive.delete(actor);
      if (row.cause !== null) deadlines.met(`${row.cause} ${actor}`, monoUs);
      for (const type of ANSWERED.get(event.type) ?? []) deadlines.met(`${actor} ${type}`, monoUs);
      for (const { type, params } of row.effects) {
        const limitUs = OUTCOMES[type]?.[0];
        if (limitUs !== undefined && row.kind !== 'crash')
          deadlines.await(
            `${actor} ${type}`,
            row,
            limitUs,
            (us) => `${type} had no outcome for ${formatDuration(us)}`,
          );
        if (type === 'signalActor') told(row, String(params.actor), String(object(params.event).type));
        if (type === 'signalActors')
          for (const target of list(params.actors))
            told(row, String(target), String(object(params.event).type));
      }
    },
    finish(monoUs) {
      deadlines.finish(monoUs);
      alive.clear();
    },
    forget: () => deadlines.forget(),
  };
}
