/** virtual_server blocks of a router of a story. */
import type { InstanceSpec } from './model.ts';
import type { CheckKind, ServerSpec, ServiceSpec } from './service-model.ts';
import { block, virtualAddresses, when } from './text-blocks.ts';

const PORT = 80;

export const serverAddress = (number: number): string => `10.9.0.${number}`;
export const serverPort = PORT;

/** The address of a service; with an instance that it stands with, that one's first. */
export function serviceAddress(
  { number, standsWith }: ServiceSpec,
  instances: readonly InstanceSpec[],
): string {
  const instance = instances.find(({ name }) => name === standsWith);
  return (instance === undefined ? undefined : virtualAddresses(instance)[0]?.address) ?? `10.8.0.${number}`;
}

function checkText(kind: CheckKind, number: number, timeoutS: number): string[] {
  switch (kind) {
    case 'tcp':
      return block('TCP_CHECK', [`connect_timeout ${timeoutS}`]);
    case 'pages':
      return block('HTTP_GET', [
        `connect_timeout ${timeoutS}`,
        ...['/', '/health'].flatMap((path) => block('url', [`path ${path}`, 'status_code 200'])),
      ]);
    case 'program':
      return block('MISC_CHECK', [
        `misc_path "/usr/local/bin/ask ${serverAddress(number)}"`,
        `misc_timeout ${timeoutS}`,
        'misc_dynamic',
      ]);
  }
}

function serverText({ number, weight, inhibit, checks }: ServerSpec, timeoutS: number): string[] {
  return block(`real_server ${serverAddress(number)} ${PORT}`, [
    `weight ${weight}`,
    ...when(inhibit, 'inhibit_on_failure'),
    ...checks.flatMap((kind) => checkText(kind, number, timeoutS)),
  ]);
}

export function serviceText(service: ServiceSpec, instances: readonly InstanceSpec[]): string[] {
  const { method, delayLoopS, retry, delayBeforeRetryS, alpha, quorum, hysteresis, sorry, servers } = service;
  return block(`virtual_server ${serviceAddress(service, instances)} ${PORT}`, [
    'protocol TCP',
    'lvs_sched rr',
    `lvs_method ${method}`,
    `delay_loop ${delayLoopS}`,
    `retry ${retry}`,
    `delay_before_retry ${delayBeforeRetryS}`,
    `quorum ${quorum}`,
    ...when(hysteresis, `hysteresis ${hysteresis}`),
    ...when(alpha, 'alpha'),
    ...when(service.standsWith, 'ha_suspend'),
    ...(sorry === undefined ? [] : [`sorry_server ${serverAddress(sorry.number)} ${PORT}`]),
    ...when(sorry?.inhibit, 'sorry_server_inhibit'),
    ...servers.flatMap((server) => serverText(server, service.timeoutS)),
  ]);
}
