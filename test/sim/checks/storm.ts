/** How many rows a router may journal in a second: what it may have to answer, and no answers to answers. */
import { type ConfigSpec, configsOf, type Story } from '../story/model.ts';
import type { Host } from '../world/host.ts';

/** Of an actor in one second for reasons of its own: a start, reloads, links and scripts that change, the kernel's answers. */
const ROWS_OF_AN_ACTOR = 50;

/**
 * What one advert leads to at most: its own row, one of its sync group and one of each member that the group decides for, and
 * what each member then asks the kernel for and is told (addresses added, removed, gratuitous ARP sent, notices).
 */
function rowsOfAnAdvert({ groups }: ConfigSpec): number {
  const members = Math.max(1, ...groups.map((group) => group.members.length));
  return 2 + 5 * members;
}

function actors({ instances, groups, scripts, files, services = [] }: ConfigSpec): number {
  const servers = services.flatMap((service) => service.servers);
  const checks = servers.flatMap((server) => server.checks);
  const own = instances.length + groups.length + scripts.length + files.length + 2;
  return own + services.length + servers.length + checks.length;
}

/** Routers that believe to be master each send one advert in each interval, and each is answered at most once. */
function advertsASecond({ instances }: ConfigSpec, routers: number): number {
  return instances.reduce((sum, { intervalMs }) => sum + 2 * routers * Math.ceil(1000 / intervalMs), 0);
}

/** `unread`: adverts that came while it did not run. */
export function mostRows(story: Story, { life, config: own }: Host, unread: number): number {
  const config = life?.config ?? own;
  const doubled = story.acts.some(({ type }) => type === 'duplication') ? 2 : 1;
  // What comes late comes together with what is in time.
  const lateS = Math.max(0, ...story.acts.map((act) => (act.type === 'delay' ? act.byUs / 1_000_000 : 0)));
  const adverts = unread + doubled * (1 + lateS) * advertsASecond(config, story.routers.length);
  const most = Math.max(...configsOf(story).map(actors));
  return Math.ceil(ROWS_OF_AN_ACTOR * most + adverts * rowsOfAnAdvert(config));
}
