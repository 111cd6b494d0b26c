/** Which kind of checker has which words. */
import type { ProbePlan } from '../../machines/checker/checker.input.ts';
import { agentWords } from './agent.ts';
import { dnsWords } from './dns.ts';
import { grpcWords } from './grpc.ts';
import { httpWords } from './http.ts';
import { miscWords } from './misc.ts';
import { pingWords } from './ping.ts';
import { smtpWords } from './smtp.ts';
import { tcpWords } from './tcp.ts';
import type { CheckerWords } from './told.ts';
import { udpWords } from './udp.ts';

export const WORDS: Readonly<Record<ProbePlan['kind'], CheckerWords>> = {
  tcp: tcpWords,
  smtp: smtpWords,
  dns: dnsWords,
  udp: udpWords,
  ping: pingWords,
  misc: miscWords,
  agent: agentWords,
  http: httpWords,
  ssl: httpWords,
  grpc: grpcWords,
};
