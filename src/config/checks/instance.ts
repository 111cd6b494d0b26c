/** One vrrp_instance: who it is, and what decides whether it becomes master. */
import { OWNER_PRIORITY } from '../registry/vrrp/election.ts';
import { type CheckContext, type InstanceNode, refuse, warn } from './context.ts';

const MAX_INTERVAL_V3_US = 40_950_000;
const INTERVAL_STEP_V3_US = 10_000;

export function checkInstance(node: InstanceNode, context: CheckContext): void {
  checkMandatory(node, context);
  checkVersion(node, context);
  checkRole(node, context);
  checkPreemption(node, context);
  checkInterval(node, context);
  checkAccept(node, context);
}

function checkMandatory(node: InstanceNode, { problems }: CheckContext): void {
  require(node, 'virtual_router_id', 'missing-router-id', 'has no virtual_router_id (1 to 255)', problems);
  const [peers] = node.blocks('unicast_peer');
  if (peers === undefined || peers.lines.length === 0) {
    require(node, 'interface', 'missing-interface', 'has no interface', problems);
  }
  if (!node.isSet('vrf') || node.get('interface') === null) return;
  warn(
    problems,
    'vrf-ignored',
    node.place('vrf'),
    "'vrf' goes with instances without an interface: it is ignored",
  );
  node.correct('vrf', null);
}

function require(
  node: InstanceNode,
  keyword: 'virtual_router_id' | 'interface',
  code: string,
  message: string,
  problems: CheckContext['problems'],
): void {
  // The keyword without its argument is an error of its own.
  if (node.isSet(keyword) || node.given(keyword).some(({ words }) => words.length === 0)) return;
  refuse(problems, code, node.origin, `'${node.name}' ${message}`);
}

/** The first version counts. */
function checkVersion(node: InstanceNode, { problems }: CheckContext): void {
  const versions = node.given('version').filter(({ value }) => value !== null);
  const [first] = versions;
  const other = versions.find(({ value }) => value !== first?.value);
  if (other === undefined) return;
  warn(
    problems,
    'version-corrected',
    other.keyword,
    `version ${first?.value} stands here already: it is in force`,
  );
}

/** MASTER alone means priority 255. Strict mode: MASTER and owner are the same. */
function checkRole(node: InstanceNode, { problems }: CheckContext): void {
  if (node.isSet('state') && node.get('state') === 'MASTER' && !node.isSet('priority')) {
    node.correct('priority', OWNER_PRIORITY);
  }
  const owner = node.get('priority') === OWNER_PRIORITY;
  if (!node.get('strict_mode') || (node.get('state') === 'MASTER') === owner) return;
  const state = owner ? 'MASTER' : 'BACKUP';
  node.correct('state', state);
  const message = `strict mode: the state must be MASTER with priority 255 and BACKUP otherwise: ${state} is in force`;
  warn(problems, 'state-corrected', node.place('state'), message);
}

function checkPreemption(node: InstanceNode, { problems }: CheckContext): void {
  correctNopreempt(node, problems);
  const clear = (why: string): void => {
    node.correct('preempt_delay', 0);
    const message = `'preempt_delay' does not go with ${why} and is ignored`;
    warn(problems, 'preempt-delay-cleared', node.place('preempt_delay'), message);
  };
  if (node.get('preempt_delay') > 0) {
    if (node.get('strict_mode')) clear('strict mode');
    else if (node.get('nopreempt')) clear("'nopreempt'");
    else if (node.get('state') === 'MASTER') clear('state MASTER');
  }
  if (node.get('timer_expired_backup') === null || node.get('nopreempt')) return;
  node.correct('timer_expired_backup', null);
  const message = "'timer_expired_backup' needs 'nopreempt' and is ignored";
  warn(problems, 'timer-expired-cleared', node.place('timer_expired_backup'), message);
}

/** The later of nopreempt and preempt counts; neither state MASTER nor an owner waits. */
function correctNopreempt(node: InstanceNode, problems: CheckContext['problems']): void {
  const nopreempt = node.given('nopreempt').at(-1);
  const preempt = node.given('preempt').at(-1);
  if (nopreempt === undefined) return;
  if (preempt !== undefined && preempt.index > nopreempt.index) {
    node.correct('nopreempt', false);
    return;
  }
  const master = node.get('state') === 'MASTER';
  if (!master && node.get('priority') !== OWNER_PRIORITY) {
    node.correct('preempt', false);
    return;
  }
  node.correct('nopreempt', false);
  node.correct('preempt', true);
  const message = `'nopreempt' does not go with ${master ? 'state MASTER' : 'priority 255'} and is ignored`;
  warn(problems, 'nopreempt-cleared', nopreempt.keyword, message);
}

/** Version 2 counts whole seconds, version 3 hundredths up to 40.95 s. */
function checkInterval(node: InstanceNode, { problems }: CheckContext): void {
  const version = node.get('version');
  const wantedUs = node.get('advert_int');
  const stepUs = version === 2 ? 1_000_000 : INTERVAL_STEP_V3_US;
  const rounded = Math.max(stepUs, Math.round(wantedUs / stepUs) * stepUs);
  const intervalUs = version === 2 ? rounded : Math.min(rounded, MAX_INTERVAL_V3_US);
  if (intervalUs === wantedUs) return;
  node.correct('advert_int', intervalUs);
  const allowed = version === 2 ? 'whole seconds' : 'steps of 0.01 seconds up to 40.95';
  const message = `version ${version} has ${allowed}: ${intervalUs / 1_000_000} s is in force`;
  warn(problems, 'interval-adjusted', node.place('advert_int'), message);
}

/** The later of accept and no_accept counts. */
function checkAccept(node: InstanceNode, { problems }: CheckContext): void {
  const accept = node.given('accept').at(-1);
  const refusal = node.given('no_accept').at(-1);
  if (accept !== undefined && refusal !== undefined) {
    const accepted = accept.index > refusal.index;
    node.correct('accept', accepted);
    node.correct('no_accept', !accepted);
  }
  if (accept === undefined || !node.get('accept') || !node.get('strict_mode')) return;
  if (node.get('version') !== 2 || node.get('priority') === OWNER_PRIORITY) return;
  node.correct('accept', false);
  warn(problems, 'strict-corrected', accept.keyword, "strict mode: version 2 has no 'accept': it is ignored");
}
