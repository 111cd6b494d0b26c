/** Every statechart by name and version: what the engine runs and what replay runs again. */
import type { AnyStateMachine } from 'xstate';
import type { JsonObject } from '../protocol/json.ts';
import { agentCheckerCrashEffects } from './agent-checker/agent-checker.crash.ts';
import { agentCheckerMachine } from './agent-checker/agent-checker.machine.ts';
import { bfdCrashEffects } from './bfd/bfd.crash.ts';
import { bfdMachine } from './bfd/bfd.machine.ts';
import { checkerCrashEffects } from './checker/checker.crash.ts';
import { checkerMachine } from './checker/checker.machine.ts';
import type { Effect } from './declare.ts';
import { httpCheckerCrashEffects } from './http-checker/http-checker.crash.ts';
import { httpCheckerMachine } from './http-checker/http-checker.machine.ts';
import { ipvsCrashEffects } from './ipvs/ipvs.crash.ts';
import { ipvsMachine } from './ipvs/ipvs.machine.ts';
import { realServerCrashEffects } from './real-server/real-server.crash.ts';
import { realServerMachine } from './real-server/real-server.machine.ts';
import { staticCrashEffects } from './static/static.crash.ts';
import { staticMachine } from './static/static.machine.ts';
import { syncGroupCrashEffects } from './sync-group/sync-group.crash.ts';
import { syncGroupMachine } from './sync-group/sync-group.machine.ts';
import { trackerCrashEffects } from './tracker/tracker.crash.ts';
import { trackerMachine } from './tracker/tracker.machine.ts';
import { virtualServerCrashEffects } from './virtual-server/virtual-server.crash.ts';
import { virtualServerMachine } from './virtual-server/virtual-server.machine.ts';
import { vrrpCrashEffects } from './vrrp/vrrp.crash.ts';
import { vrrpMachine } from './vrrp/vrrp.machine.ts';
import { watchdogCrashEffects } from './watchdog/watchdog.crash.ts';
import { watchdogMachine } from './watchdog/watchdog.machine.ts';

export interface MachineDefinition {
  /** Kind and version, as rows carry it: `vrrp@2`. The version moves when replay of old rows would differ. */
  readonly name: string;
  readonly machine: AnyStateMachine;
  /** What makes the network safe when the machine threw: computed from its last context. */
  readonly crashEffects: (context: JsonObject) => readonly Effect[];
}

export const vrrpDefinition: MachineDefinition = {
  name: 'vrrp@2',
  machine: vrrpMachine,
  crashEffects: vrrpCrashEffects,
};

export const staticDefinition: MachineDefinition = {
  name: 'static@1',
  machine: staticMachine,
  crashEffects: staticCrashEffects,
};

export const trackerDefinition: MachineDefinition = {
  name: 'tracker@1',
  machine: trackerMachine,
  crashEffects: trackerCrashEffects,
};

export const bfdDefinition: MachineDefinition = {
  name: 'bfd@1',
  machine: bfdMachine,
  crashEffects: bfdCrashEffects,
};

export const syncGroupDefinition: MachineDefinition = {
  name: 'group@2',
  machine: syncGroupMachine,
  crashEffects: syncGroupCrashEffects,
};

export const checkerDefinition: MachineDefinition = {
  name: 'checker@3',
  machine: checkerMachine,
  crashEffects: checkerCrashEffects,
};

export const httpCheckerDefinition: MachineDefinition = {
  name: 'http-checker@2',
  machine: httpCheckerMachine,
  crashEffects: httpCheckerCrashEffects,
};

export const agentCheckerDefinition: MachineDefinition = {
  name: 'agent-checker@1',
  machine: agentCheckerMachine,
  crashEffects: agentCheckerCrashEffects,
};

export const realServerDefinition: MachineDefinition = {
  name: 'real-server@4',
  machine: realServerMachine,
  crashEffects: realServerCrashEffects,
};

export const virtualServerDefinition: MachineDefinition = {
  name: 'virtual-server@5',
  machine: virtualServerMachine,
  crashEffects: virtualServerCrashEffects,
};

export const ipvsDefinition: MachineDefinition = {
  name: 'ipvs@2',
  machine: ipvsMachine,
  crashEffects: ipvsCrashEffects,
};

export const watchdogDefinition: MachineDefinition = {
  name: 'watchdog@3',
  machine: watchdogMachine,
  crashEffects: watchdogCrashEffects,
};

export const machineDefinitions: readonly MachineDefinition[] = [
  vrrpDefinition,
  syncGroupDefinition,
  trackerDefinition,
  bfdDefinition,
  staticDefinition,
  checkerDefinition,
  httpCheckerDefinition,
  agentCheckerDefinition,
  realServerDefinition,
  virtualServerDefinition,
  ipvsDefinition,
  watchdogDefinition,
];

/** The definition that rows of this name were made with; null if this build does not have it. */
export function machineByName(name: string): MachineDefinition | null {
  return machineDefinitions.find((definition) => definition.name === name) ?? null;
}

/** The chart as the journal keeps it: enough to draw it and to know whether replay uses the same one. */
export function machineBody({ machine }: MachineDefinition): JsonObject {
  return JSON.parse(JSON.stringify(machine.config)) as JsonObject;
}
